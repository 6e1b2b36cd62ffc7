package org.erasus.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.erasus.Catalog;
import org.erasus.UnlearningStrategy;
import org.erasus.eval.tuning.Axis;
import org.erasus.strategies.ActivationSteering;
import org.erasus.strategies.AltPo;
import org.erasus.strategies.Amun;
import org.erasus.strategies.BadTeacher;
import org.erasus.strategies.BoundaryExpand;
import org.erasus.strategies.BoundaryShrink;
import org.erasus.strategies.CfK;
import org.erasus.strategies.Dexperts;
import org.erasus.strategies.Distillation;
import org.erasus.strategies.EuK;
import org.erasus.strategies.FineTune;
import org.erasus.strategies.GradientAscent;
import org.erasus.strategies.L1Sparse;
import org.erasus.strategies.LfSsd;
import org.erasus.strategies.MuMis;
import org.erasus.strategies.NegativeGradient;
import org.erasus.strategies.NeuronPruning;
import org.erasus.strategies.Npo;
import org.erasus.strategies.Potion;
import org.erasus.strategies.RandomLabel;
import org.erasus.strategies.Rfe;
import org.erasus.strategies.Rmu;
import org.erasus.strategies.Salun;
import org.erasus.strategies.SalunSoft;
import org.erasus.strategies.Scrub;
import org.erasus.strategies.SfrOn;
import org.erasus.strategies.SimNpo;
import org.erasus.strategies.Ssd;
import org.erasus.strategies.TaskArithmetic;
import org.erasus.strategies.Uam;
import org.erasus.strategies.Undial;
import org.erasus.strategies.Unsir;
import org.erasus.strategies.Wga;
import org.erasus.train.Training;

/** The settings among which defaults are searched: around what the papers use, the defaults first. */
final class SearchSpaces {
  private SearchSpaces() {}

  /** Of a strategy of the catalogue; the defaults alone where there is nothing to search. */
  static List<UnlearningStrategy> of(String name) {
    UnlearningStrategy defaults = Catalog.strategies().get(name);
    List<UnlearningStrategy> all = new ArrayList<>(List.of(defaults));
    grids().getOrDefault(name, List.of()).stream()
        .filter(candidate -> !candidate.equals(defaults))
        .forEach(all::add);
    return all;
  }

  private static Map<String, List<? extends UnlearningStrategy>> grids() {
    Map<String, List<? extends UnlearningStrategy>> all = new LinkedHashMap<>();
    all.put(
        "fine-tune",
        Axis.grid(
            FineTune.DEFAULTS,
            rates(FineTune::training, FineTune::withTraining, 0.01, 0.03, 0.1),
            epochs(FineTune::training, FineTune::withTraining, 5, 10)));
    all.put(
        "gradient-ascent",
        Axis.grid(
            GradientAscent.DEFAULTS,
            rates(GradientAscent::training, GradientAscent::withTraining, 1e-4, 3e-4, 1e-3, 3e-3)));
    all.put(
        "negative-gradient",
        Axis.grid(
            NegativeGradient.DEFAULTS,
            Axis.of(NegativeGradient::withRetainWeight, 0.9, 0.95, 0.99),
            rates(NegativeGradient::training, NegativeGradient::withTraining, 0.003, 0.01)));
    all.put(
        "random-label",
        Axis.grid(
            RandomLabel.DEFAULTS,
            rates(RandomLabel::training, RandomLabel::withTraining, 3e-4, 1e-3, 3e-3, 0.01),
            epochs(RandomLabel::training, RandomLabel::withTraining, 5, 10)));
    all.put(
        "salun",
        Axis.grid(
            Salun.DEFAULTS,
            rates(Salun::training, Salun::withTraining, 3e-4, 1e-3, 3e-3, 0.01),
            epochs(Salun::training, Salun::withTraining, 5, 10)));
    all.put(
        "salun-soft",
        Axis.grid(
            SalunSoft.DEFAULTS,
            Axis.of(SalunSoft::withShare, 0.2, 0.5),
            rates(SalunSoft::training, SalunSoft::withTraining, 1e-3, 3e-3, 0.01)));
    all.put(
        "scrub",
        Axis.grid(
            Scrub.DEFAULTS,
            rates(Scrub::training, Scrub::withTraining, 5e-4, 0.002, 0.005),
            epochs(Scrub::training, Scrub::withTraining, 3, 6),
            Axis.of(Scrub::withDivergenceWeight, 0.001, 0.1)));
    all.put("ssd", Axis.grid(Ssd.DEFAULTS, Axis.of(Ssd::withSelection, 1.5, 3.0, 5.0, 10.0, 30.0)));
    all.put(
        "task-arithmetic",
        Axis.grid(
            TaskArithmetic.DEFAULTS,
            rates(TaskArithmetic::training, TaskArithmetic::withTraining, 1e-4, 3e-4, 1e-3)));
    all.put(
        "npo",
        Axis.grid(
            Npo.DEFAULTS,
            Axis.of(Npo::withBeta, 0.1, 1.0),
            Axis.of(Npo::withRetainWeight, 1.0, 3.0, 5.0),
            rates(Npo::training, Npo::withTraining, 0.003, 0.01)));
    all.put(
        "simnpo",
        Axis.grid(
            SimNpo.DEFAULTS,
            Axis.of(SimNpo::withBeta, 0.5, 2.5),
            Axis.of(SimNpo::withRetainWeight, 1.0, 3.0, 5.0),
            rates(SimNpo::training, SimNpo::withTraining, 0.003, 0.01)));
    all.put(
        "alt-po",
        Axis.grid(
            AltPo.DEFAULTS,
            Axis.of(AltPo::withBeta, 0.1, 1.0),
            Axis.of(AltPo::withRetainWeight, 1.0, 3.0, 5.0),
            rates(AltPo::training, AltPo::withTraining, 0.003, 0.01)));
    all.put(
        "wga",
        Axis.grid(
            Wga.DEFAULTS,
            Axis.of(Wga::withRetainWeight, 1.0, 3.0, 5.0),
            rates(Wga::training, Wga::withTraining, 0.001, 0.003, 0.01)));
    all.put(
        "undial",
        Axis.grid(
            Undial.DEFAULTS,
            Axis.of(Undial::withBeta, 3.0, 10.0),
            Axis.of(Undial::withRetainWeight, 1.0, 3.0),
            rates(Undial::training, Undial::withTraining, 0.001, 0.003, 0.01)));
    all.put(
        "distillation",
        Axis.grid(
            Distillation.DEFAULTS,
            Axis.of(Distillation::withTemperature, 1.0, 4.0),
            rates(Distillation::training, Distillation::withTraining, 0.001, 0.003, 0.01)));
    all.put(
        "l1-sparse",
        Axis.grid(
            L1Sparse.DEFAULTS,
            Axis.of(L1Sparse::withSparsityWeight, 1e-5, 1e-4, 5e-4),
            rates(L1Sparse::training, L1Sparse::withTraining, 0.01, 0.03)));
    all.put(
        "bad-teacher",
        Axis.grid(
            BadTeacher.DEFAULTS,
            rates(BadTeacher::training, BadTeacher::withTraining, 1e-4, 3e-4, 1e-3),
            epochs(BadTeacher::training, BadTeacher::withTraining, 1, 3)));
    all.put(
        "boundary-shrink",
        Axis.grid(
            BoundaryShrink.DEFAULTS,
            Axis.of(BoundaryShrink::withEpsilon, 0.1, 0.5),
            rates(BoundaryShrink::training, BoundaryShrink::withTraining, 1e-5, 1e-4, 3e-4, 1e-3)));
    all.put(
        "cf-k",
        Axis.grid(
            CfK.DEFAULTS,
            Axis.of(CfK::withLayers, 1, 2, 3),
            rates(CfK::training, CfK::withTraining, 0.01, 0.05)));
    all.put(
        "eu-k",
        Axis.grid(
            EuK.DEFAULTS,
            Axis.of(EuK::withLayers, 1, 2, 3),
            rates(EuK::training, EuK::withTraining, 0.01, 0.05)));
    all.put(
        "amun",
        Axis.grid(
            Amun.DEFAULTS,
            Axis.of(Amun::withEpsilon, 0.04, 0.5),
            rates(Amun::training, Amun::withTraining, 0.003, 0.01)));
    all.put(
        "mu-mis",
        Axis.grid(
            MuMis.DEFAULTS,
            Axis.of(MuMis::withIrrelevantWeight, 0.0, 1.0),
            rates(MuMis::training, MuMis::withTraining, 1e-4, 1e-3, 0.01)));
    all.put(
        "sfron",
        Axis.grid(
            SfrOn.DEFAULTS,
            Axis.of(SfrOn::withForgetRate, 1.0, 3.0),
            Axis.of(SfrOn::withTemperature, 0.0, 0.1, 0.25, 0.5),
            Axis.of(SfrOn::withRetainRate, 0.003, 0.01, 0.05)));
    all.put(
        "unsir",
        Axis.grid(
            Unsir.DEFAULTS,
            Axis.of(Unsir::withRetainShare, 0.2, 1.0),
            rates(Unsir::impair, Unsir::withImpair, 0.003, 0.02),
            rates(Unsir::repair, Unsir::withRepair, 0.01, 0.03),
            epochs(Unsir::repair, Unsir::withRepair, 1, 3)));
    all.put(
        "uam",
        Axis.grid(
            Uam.DEFAULTS,
            Axis.of(Uam::withTurn, 0.0, 1.0),
            Axis.of(Uam::withRadius, 0.01, 0.05),
            rates(Uam::training, Uam::withTraining, 0.003, 0.01)));
    all.put(
        "rfe",
        Axis.grid(
            Rfe.DEFAULTS,
            rates(Rfe::raising, Rfe::withRaising, 1e-4, 3e-4, 1e-3),
            rates(Rfe::restoring, Rfe::withRestoring, 0.003, 0.01)));
    all.put(
        "dexperts",
        Axis.grid(
            Dexperts.DEFAULTS,
            Axis.of(Dexperts::withScale, 0.5, 1.0, 2.0),
            rates(Dexperts::training, Dexperts::withTraining, 0.001, 0.01)));
    all.put(
        "activation-steering",
        Axis.grid(
            ActivationSteering.DEFAULTS,
            Axis.of(ActivationSteering::withStrength, 0.5, 1.0, 2.0, 4.0)));
    all.put(
        "rmu",
        Axis.grid(
            Rmu.DEFAULTS,
            Axis.of(Rmu::withCoefficient, 2.0, 6.5, 20.0),
            Axis.of(Rmu::withRetainWeight, 1.0, 10.0, 100.0)));
    all.put(
        "neuron-pruning",
        Axis.grid(
            NeuronPruning.DEFAULTS, Axis.of(NeuronPruning::withShare, 0.005, 0.01, 0.02, 0.05)));
    all.put(
        "boundary-expand",
        Axis.grid(
            BoundaryExpand.DEFAULTS,
            rates(BoundaryExpand::training, BoundaryExpand::withTraining, 1e-5, 1e-4, 3e-4, 1e-3)));
    all.put("lf-ssd", Axis.grid(LfSsd.DEFAULTS, Axis.of(LfSsd::withSelection, 1.2, 1.7, 3.0, 5.0)));
    all.put("potion", Axis.grid(Potion.DEFAULTS, Axis.of(Potion::withShare, 0.2, 0.5, 0.9)));
    return all;
  }

  private static <S> Axis<S> rates(
      Function<S, Training> training, BiFunction<S, Training, S> with, Double... rates) {
    return Axis.of((s, rate) -> with.apply(s, training.apply(s).withLearningRate(rate)), rates);
  }

  private static <S> Axis<S> epochs(
      Function<S, Training> training, BiFunction<S, Training, S> with, Integer... epochs) {
    return Axis.of((s, n) -> with.apply(s, training.apply(s).withMaxEpochs(n)), epochs);
  }
}

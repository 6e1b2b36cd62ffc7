package org.erasus.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Arrows run one way: examples → {strategies, selectors, eval, zoo} → core. */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.erasus");

  @Test
  void featureModulesDoNotKnowEachOther() {
    slices()
        .matching("org.erasus.(selectors|strategies|eval|zoo)..")
        .should()
        .notDependOnEachOther()
        .check(ALL);
  }

  @Test
  void coreKnowsNobody() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "org.erasus",
            "org.erasus.engine..",
            "org.erasus.io..",
            "org.erasus.nn..",
            "org.erasus.train..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.erasus.selectors..",
            "org.erasus.strategies..",
            "org.erasus.eval..",
            "org.erasus.zoo..",
            "org.erasus.testkit..",
            "org.erasus.examples..")
        .check(ALL);
  }

  /** The bridge to ND4J is a leaf: not even the examples know it. */
  @Test
  void nobodyKnowsNd4j() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.erasus.nd4j..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.erasus.nd4j..", "org.nd4j..")
        .check(ALL);
  }

  @Test
  void onlyTheEnginePackageTouchesTheInternalsOfDjl() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.erasus.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.pytorch..")
        .check(ALL);
  }

  @Test
  void ioAndStatisticsWorkWithoutAnEngine() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "org.erasus.io..", "org.erasus.eval.stats..", "org.erasus.eval.attacks..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(ALL);
  }
}

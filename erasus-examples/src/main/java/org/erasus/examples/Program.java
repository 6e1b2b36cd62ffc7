package org.erasus.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.erasus.engine.EngineRuntime;
import picocli.CommandLine;

/** What the programs with options have in common: a wrong option or file is answered in a sentence, before any work. */
final class Program {
  private Program() {}

  /** Runs a program with options from the command line and ends the JVM with its code. */
  static void run(Callable<Integer> program, String... args) {
    EngineRuntime.start();
    System.exit(of(program).execute(args));
  }

  /** A program that explains what it throws. */
  static CommandLine of(Callable<Integer> program) {
    return new CommandLine(program).setExecutionExceptionHandler(Program::explain);
  }

  /** A wrong argument or file is the user's to mend: a sentence, no stack trace. */
  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof IllegalArgumentException || e instanceof IOException) {
      command.getErr().println(e.getMessage());
      return command.getCommandSpec().exitCodeOnInvalidInput();
    }
    throw e;
  }

  /** Requires a folder to write results to. */
  static void requireFolder(Path out) {
    if (!Files.isDirectory(out) || !Files.isWritable(out)) {
      throw new IllegalArgumentException("--out " + out + " is not a folder to write to");
    }
  }

  /** Makes a folder for results, if it is not there. */
  static void makeFolder(Path out) throws IOException {
    if (Files.notExists(out)) {
      Files.createDirectories(out);
    }
    requireFolder(out);
  }
}

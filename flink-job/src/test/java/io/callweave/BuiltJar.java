package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashSet;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** A jar that the build left, and what is in it. */
final class BuiltJar {
  final Path path;

  /** The names of what is in it, but for what is of other versions of Java. */
  final Set<String> entries;

  private BuiltJar(Path path) throws IOException {
    this.path = path;
    entries = entries(path);
  }

  /** The jar {@code NAME-VERSION.jar} of the module that is tested. */
  static BuiltJar of(String name) throws IOException {
    try (Stream<Path> files = Files.list(Paths.get("target"))) {
      return new BuiltJar(
          files
              .filter(file -> file.getFileName().toString().matches(name + "-[0-9.]+\\.jar"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("the build left no jar in target")));
    }
  }

  static Set<String> entries(Path file) throws IOException {
    try (JarFile open = new JarFile(file.toFile())) {
      return open.stream()
          .filter(entry -> !entry.isDirectory())
          .map(ZipEntry::getName)
          .filter(name -> !name.startsWith("META-INF/versions/"))
          .filter(name -> !name.equals("module-info.class"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private String text(String entry) throws IOException {
    try (JarFile open = new JarFile(path.toFile());
        InputStream in = open.getInputStream(open.getEntry(entry));
        Scanner text = new Scanner(in, UTF_8.name()).useDelimiter("\\A")) {
      return text.next();
    }
  }

  /**
   * Its notice names every library in it with its version, and every licence that it points to is
   * there.
   */
  void checkNotice() throws IOException {
    String notice = text("META-INF/NOTICE");
    for (String library : libraries()) {
      String[] parts = library.split("\\.jar$|(?=-[0-9])", 2);
      String version = parts[1].replaceAll("^-|\\.jar$", "");
      assertThat(notice).contains(":" + parts[0] + ":" + version + "\n");
    }
    checkLicences();
  }

  /** Every licence that its notice points to is there, and no other. */
  void checkLicences() throws IOException {
    Matcher licence =
        Pattern.compile("licenses/[A-Za-z0-9.-]+[a-z0-9]").matcher(text("META-INF/NOTICE"));
    Set<String> named = new HashSet<>();
    while (licence.find()) {
      named.add("META-INF/" + licence.group());
      assertThat(text("META-INF/" + licence.group())).containsIgnoringCase("copyright");
    }
    assertThat(named)
        .isEqualTo(
            entries.stream()
                .filter(entry -> entry.matches("META-INF/licenses/.+"))
                .collect(Collectors.toSet()));
    assertThat(text("META-INF/LICENSE")).contains("Apache License").contains("Version 2.0");
  }

  /** The files from whose classes it was put together, by the class path of this very test. */
  private Set<String> libraries() throws IOException {
    Set<String> found = new TreeSet<>();
    Set<String> left = new HashSet<>(entries);
    left.removeIf(entry -> !entry.endsWith(".class") || entry.startsWith("io/callweave/"));
    for (String element : System.getProperty("java.class.path").split(":", -1)) {
      // Failsafe puts the jar itself before all.
      boolean library = element.endsWith(".jar") && !element.endsWith("/" + path.getFileName());
      if (library && left.removeAll(entries(Paths.get(element)))) {
        found.add(Paths.get(element).getFileName().toString());
      }
    }
    assertThat(left).as("classes from nowhere").isEmpty();
    assertThat(found).hasSizeGreaterThan(4);
    return found;
  }
}

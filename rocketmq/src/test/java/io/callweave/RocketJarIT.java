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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar beside the job's: what is in it, and under which licences. */
class RocketJarIT {
  private static final long MAX_BYTES = 12 << 20;
  private static final Pattern LIBRARY = Pattern.compile("(.+?)-([0-9].*)\\.jar");

  private static Path jar;
  private static Set<String> entries;

  @BeforeAll
  static void findJar() throws IOException {
    try (Stream<Path> files = Files.list(Paths.get("target"))) {
      jar =
          files
              .filter(
                  file -> file.getFileName().toString().matches("callweave-rocketmq-[0-9.]+.jar"))
              .findFirst()
              .orElseThrow(() -> new AssertionError("the build left no jar in target"));
    }
    entries = entries(jar);
  }

  @Test
  void theNoticeNamesEveryLibraryInTheJarAndTheLicencesThatItPointsToAreThere() throws IOException {
    String notice = text("META-INF/NOTICE");
    Set<String> left = new HashSet<>(entries);
    left.removeIf(entry -> !entry.endsWith(".class") || entry.startsWith("io/callweave/"));
    Set<String> libraries = new TreeSet<>();
    for (String element : System.getProperty("java.class.path").split(":", -1)) {
      // Failsafe puts the jar itself before all.
      boolean library = element.endsWith(".jar") && !element.endsWith("/" + jar.getFileName());
      if (library && left.removeAll(entries(Paths.get(element)))) {
        libraries.add(Paths.get(element).getFileName().toString());
      }
    }
    assertThat(left).as("classes from nowhere").isEmpty();
    assertThat(libraries).hasSizeGreaterThan(10);
    for (String library : libraries) {
      Matcher parts = LIBRARY.matcher(library);
      assertThat(parts.matches()).as(library).isTrue();
      assertThat(notice).containsPattern("\\b" + Pattern.quote(parts.group(1)) + "\\b");
      assertThat(notice).contains(parts.group(2));
    }
    Matcher licence = Pattern.compile("licenses/[A-Za-z0-9.-]+[a-z0-9]").matcher(notice);
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

  @Test
  void theJarIsSmallAndHasNeitherNativeLibrariesNorClassesOfTheJobsJar() throws IOException {
    assertThat(Files.size(jar)).isLessThan(MAX_BYTES);
    assertThat(entries).noneMatch(entry -> entry.matches(".*\\.(so|dll|dylib|jnilib)"));
    Set<String> both = new TreeSet<>(entries);
    both.removeIf(entry -> !entry.endsWith(".class"));
    Path job =
        Paths.get(
            "..", "flink-job", "target", jar.getFileName().toString().replace("-rocketmq", ""));
    both.retainAll(entries(job));
    assertThat(both).isEmpty();
  }

  private static Set<String> entries(Path file) throws IOException {
    try (JarFile open = new JarFile(file.toFile())) {
      return open.stream()
          .filter(entry -> !entry.isDirectory())
          .map(ZipEntry::getName)
          .filter(name -> !name.startsWith("META-INF/versions/"))
          .filter(name -> !name.equals("module-info.class"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String text(String entry) throws IOException {
    try (JarFile open = new JarFile(jar.toFile());
        InputStream in = open.getInputStream(open.getEntry(entry));
        Scanner text = new Scanner(in, UTF_8.name()).useDelimiter("\\A")) {
      return text.next();
    }
  }
}

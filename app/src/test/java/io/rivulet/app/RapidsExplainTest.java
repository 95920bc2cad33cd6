package io.rivulet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RAPIDS' own jar is too large for a test: what it says was copied. */
class RapidsExplainTest {
  private static final String EXPLAINED =
      """
      *Exec <ProjectExec> will run on GPU
        *Expression <Alias> xxhash64(1, C1#9, 42) AS key#12 will run on GPU
          *Expression <XxHash64> xxhash64(1, C1#9, 42) will run on GPU
        !Exec <ProjectExec> cannot run on GPU because not all expressions can be replaced
          @Expression <AttributeReference> value#9 could run on GPU
          !Expression <OctetLength> octet_length(value#9) cannot run on GPU because input expression AttributeReference value#9 (BinaryType is not supported)
          !Expression <OctetLength> octet_length(value#9) cannot run on GPU because input expression AttributeReference value#9 (BinaryType is not supported)
            ! <StringDecode> decode(value#9, UTF-8) cannot run on GPU because GPU does not currently support the operator class org.apache.spark.sql.catalyst.expressions.StringDecode
          !Expression <ParseUrl> parse_url(C1#9) cannot run on GPU because it has been disabled. Set spark.rapids.sql.expression.ParseUrl to true if you wish to enable it
          ! <RDDScanExec> cannot run on GPU because GPU does not currently support the operator class RDDScanExec
      """;

  @Test
  void operatorsAreListedWithWhatKeepsThemFromAGpu() {
    assertThat(RapidsExplainCommand.summary(EXPLAINED))
        .containsExactly(
            "ProjectExec  GPU",
            "ProjectExec  CPU",
            "  OctetLength: input expression AttributeReference value (BinaryType is not supported)",
            "  StringDecode: GPU does not currently support the operator class StringDecode",
            "  ParseUrl: it has been disabled. Set spark.rapids.sql.expression.ParseUrl to true if you"
                + " wish to enable it",
            "RDDScanExec  CPU");
  }

  @Test
  void withoutTheJarASentenceSaysHowToGetIt() {
    Rivulet.Result result = Rivulet.run("rapids-explain");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("submit/fetch-rapids").doesNotContain("\tat ");
  }

  @Test
  void theDiscoveryScriptSaysWhatSparkReads(@TempDir Path directory) throws Exception {
    Path smi = directory.resolve("nvidia-smi");
    Files.writeString(smi, "#!/bin/sh\necho 0\necho 1\n");
    assertThat(smi.toFile().setExecutable(true)).isTrue();
    ProcessBuilder script =
        new ProcessBuilder(Path.of("../conf/gpu-discovery.sh").toAbsolutePath().toString());
    script.environment().merge("PATH", directory.toString(), (old, first) -> first + ":" + old);
    Process process = script.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
        .isEqualTo("{\"name\": \"gpu\", \"addresses\": [\"0\",\"1\"]}");
    assertThat(process.waitFor()).isZero();
  }
}

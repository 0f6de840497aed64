package io.callweave.chain;

import io.callweave.edges.WindowSettings;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.flink.util.OutputTag;

/**
 * Puts the calls of each chain together, computes what it cost and writes its JSON, and its spans.
 */
public final class ChainStage extends Stage<CellKernel, ResultRecord> {
  private static final long serialVersionUID = 1L;

  /** What the key of spans begins with; no id does. */
  private static final byte SPANS_MARK = 0;

  /** Where spans go. */
  public static final OutputTag<ResultRecord> SPANS = new OutputTag<>("spans", ResultRecord.type());

  private final int maxChainCalls;
  private final String services;
  private final WindowSettings windows;
  private final boolean writesChains;
  private final boolean writesSpans;
  private final String format;
  private final String spansFormat;
  private final String spanStyle;

  /** A stage with these options of the job. */
  public ChainStage(JobOptions options) {
    super("Chain", "chain", options.layouts().ids(), ResultRecord.type());
    maxChainCalls = options.maxChainCalls();
    services = options.services();
    windows = new WindowSettings(options);
    writesChains = options.outputs().writesChains();
    writesSpans = options.outputs().writesSpans();
    format = options.outputFormat();
    spansFormat = options.spansFormat();
    spanStyle = options.spanStyle();
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("max_chain_calls", maxChainCalls)
            .with("services", services)
            .with("records", writesChains)
            .with("format", format);
    if (writesSpans) {
      settings.with(
          "spans", new KernelSettings().with("format", spansFormat).with("style", spanStyle));
    }
    windows.addWindows(settings);
    return NativeCellKernel.open("chain", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<ResultRecord> out) throws Exception {
    fired.drain(
        (key, value) -> {
          // A block among the records: its cell, and its bytes.
          if (key.length == 0) {
            long window = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
            byte[] block = Arrays.copyOfRange(value, Long.BYTES, value.length);
            out.collectSums(new Block(window, 0, block));
          } else if (key[0] == SPANS_MARK) {
            byte[] traceId = Arrays.copyOfRange(key, 1, key.length);
            out.collect(SPANS, new ResultRecord(traceId, value));
          } else {
            out.collect(new ResultRecord(key, value));
          }
        });
  }
}

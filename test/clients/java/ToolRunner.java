import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Exit;

/** Runs the main classes of Kafka's console tools inside this process, one after the other, as its scripts would. */
final class ToolRunner {
  record Outcome(int code, String out, String err) {}

  /** What a tool throws where its process would have ended. */
  private static final class Ended extends Error {
    final int code;

    Ended(int code) {
      super(null, null, false, false);
      this.code = code;
    }
  }

  /** A tool may catch what it is ended with: what it says or does from then on no longer counts. */
  private static void end(int code) {
    if (OUT.to != null && ended == null) {
      ended = new Ended(code);
      OUT.to = OutputStream.nullOutputStream();
      ERR.to = OutputStream.nullOutputStream();
    }
    throw ended == null ? new Ended(code) : ended;
  }

  private static volatile Ended ended;

  private static final long HOOKS_WITHIN_MS = 10_000;
  /** What the running tool wants done when its process ends. */
  private static final Queue<Runnable> HOOKS = new ConcurrentLinkedQueue<>();
  private static final Switch OUT = new Switch(System.out);
  private static final Switch ERR = new Switch(System.err);

  private ToolRunner() {}

  /** Once, before any class of a tool is loaded: Scala keeps the first stream it sees. */
  static void install() {
    System.setOut(new PrintStream(OUT, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(ERR, true, StandardCharsets.UTF_8));
    Exit.setExitProcedure((code, message) -> end(code));
    Exit.setHaltProcedure((code, message) -> end(code));
    Exit.setShutdownHookAdder((name, runnable) -> HOOKS.add(runnable));
  }

  /** Tools are told what to do in lists of strings, as on a command line. */
  static void answer(JsonNode job, Conversation with) throws Exception {
    List<String> args = new ArrayList<>();
    job.get("args").forEach(arg -> args.add(arg.asText()));
    Outcome outcome = run(job.get("tool").asText(), args, job.get("input").asText(), job.get("timeoutMs").asLong());
    ObjectNode answer = Json.object().put("code", outcome.code()).put("out", outcome.out()).put("err", outcome.err());
    with.say(Json.under("tool", answer));
  }

  /** Code 124 when it was not done in time; it is left behind then, with its stack in `err`. */
  private static synchronized Outcome run(String tool, List<String> args, String input, long timeoutMs) throws Exception {
    InputStream before = System.in;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    OUT.to = out;
    ERR.to = err;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    ended = null;
    int[] code = {0};
    HOOKS.clear();
    Thread thread = new Thread(() -> code[0] = call(tool, args), "tool");
    thread.setDaemon(true);
    try {
      thread.start();
      thread.join(timeoutMs);
      if (thread.isAlive()) {
        code[0] = 124;
        for (StackTraceElement at : thread.getStackTrace()) System.err.println("  at " + at);
        thread.interrupt();
        thread.join(TimeUnit.SECONDS.toMillis(5));
      }
      runHooks();
    } finally {
      System.setIn(before);
      OUT.to = null;
      ERR.to = null;
    }
    return new Outcome(ended == null ? code[0] : ended.code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static void runHooks() throws InterruptedException {
    Thread thread = new Thread(() -> HOOKS.forEach(Runnable::run), "hooks");
    thread.setDaemon(true);
    thread.start();
    thread.join(HOOKS_WITHIN_MS);
  }

  private static int call(String tool, List<String> args) {
    try {
      Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) args.toArray(new String[0]));
      return 0;
    } catch (InvocationTargetException failure) {
      for (Throwable at = failure.getCause(); at != null; at = at.getCause()) if (at instanceof Ended ended) return ended.code;
      failure.getCause().printStackTrace();
      return 1;
    } catch (ReflectiveOperationException failure) {
      System.err.println("no such tool: " + failure);
      return 127;
    }
  }

  /** Writes where the running tool's output goes; between tools to the process's own stream. */
  private static final class Switch extends OutputStream {
    private final OutputStream own;
    volatile OutputStream to;

    Switch(OutputStream own) {
      this.own = own;
    }

    @Override
    public void write(int b) throws java.io.IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws java.io.IOException {
      OutputStream now = to;
      (now == null ? own : now).write(bytes, offset, length);
    }
  }
}

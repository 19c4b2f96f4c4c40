import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The two directions of one verb: answers, and the end of the input. */
final class Conversation {
  private final PrintStream output;
  private final CountDownLatch ended = new CountDownLatch(1);

  Conversation(BufferedReader input, PrintStream output) {
    this.output = output;
    Thread thread = new Thread(() -> {
      try {
        while (input.readLine() != null) {}
      } catch (IOException gone) {
        // As good as its end.
      }
      ended.countDown();
    }, "input");
    thread.setDaemon(true);
    thread.start();
  }

  synchronized void say(ObjectNode answer) {
    output.print(answer.toString() + "\n");
    output.flush();
  }

  boolean inputEnded() {
    return ended.getCount() == 0;
  }

  boolean inputEndsWithin(long ms) throws InterruptedException {
    return ended.await(ms, TimeUnit.MILLISECONDS);
  }
}

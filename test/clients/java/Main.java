import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * The program of the Java clients: one process for all verbs, since a JVM takes long to start. Prints its port; each connection
 * asks for one verb in one line, `{"verb", "job"}`, and is answered in lines, the last one `{"exit": code}`. Its end of input is
 * the verb's. This process ends with its own input.
 */
public final class Main {
  private Main() {}

  public static void main(String[] none) throws Exception {
    PrintStream own = System.out;
    ToolRunner.install();
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    own.println(server.getLocalPort());
    own.flush();
    Thread accept = new Thread(() -> acceptAll(server), "accept");
    accept.setDaemon(true);
    accept.start();
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0); // Members that were left behind do not say good-bye.
  }

  private static void acceptAll(ServerSocket server) {
    while (true) {
      try {
        Socket socket = server.accept();
        Thread thread = new Thread(() -> serve(socket), "verb");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException failure) {
        failure.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket;
        BufferedReader input = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        PrintStream output = new PrintStream(socket.getOutputStream(), false, StandardCharsets.UTF_8)) {
      JsonNode request = Json.read(input.readLine());
      Conversation conversation = new Conversation(input, output);
      try {
        run(request.get("verb").asText(), request.get("job"), conversation);
        conversation.say(Json.object().put("exit", 0));
      } catch (Exception | LinkageError failure) {
        failure.printStackTrace();
        conversation.say(Json.object().put("exit", 1).put("error", failure.toString()));
      }
    } catch (IOException failure) {
      failure.printStackTrace();
    }
  }

  private static void run(String verb, JsonNode job, Conversation with) throws Exception {
    switch (verb) {
      case "produce" -> Writing.produce(job, with);
      case "stream" -> Writing.stream(job, with);
      case "login" -> Writing.login(job, with);
      case "consume" -> Reading.consume(job, with);
      case "member" -> Reading.member(job, with);
      case "transactions" -> Transactions.inTurn(job, with);
      case "transform" -> Transactions.transform(job, with);
      case "admin" -> Administering.run(job, with);
      case "tool" -> ToolRunner.answer(job, with);
      default -> throw new IllegalArgumentException("no such verb: " + verb);
    }
  }
}

package io.rivulet.app.ui;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.rivulet.app.report.Curves;
import io.rivulet.app.report.History;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.servlet.http.HttpServletRequest;
import org.apache.spark.ui.SparkUI;
import org.apache.spark.ui.SparkUITab;
import org.apache.spark.ui.UIUtils;
import org.apache.spark.ui.WebUIPage;
import org.json4s.JsonAST.JValue;
import org.json4s.jackson.JsonMethods$;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.xml.Node;
import scala.xml.Unparsed;

/** The tab; its page is at {@code /learning/}, the same as JSON at {@code /learning/json}. */
final class LearningTab extends SparkUITab {
  private static final String PREFIX = "learning";
  private static final String TITLE = "Online learning";
  private static final ObjectMapper JSON = new ObjectMapper();

  LearningTab(SparkUI ui, Supplier<History> history) {
    super(ui, PREFIX);
    attachPage(new Page(this, history));
  }

  @Override
  public String name() {
    return TITLE;
  }

  private static final class Page extends WebUIPage {
    private final LearningTab tab;
    private final Supplier<History> history;

    Page(LearningTab tab, Supplier<History> history) {
      super("");
      this.tab = tab;
      this.history = history;
    }

    @Override
    public Seq<Node> render(HttpServletRequest request) {
      String html =
          "<style>"
              + Curves.STYLE
              + "</style><div class=\"rivulet\">"
              + Curves.html(history.get())
              + "</div>";
      Seq<Node> content = JavaConverters.asScalaBuffer(List.<Node>of(new Unparsed(html)));
      return UIUtils.headerSparkPage(
          request, TITLE, () -> content, tab, Option.empty(), false, false);
    }

    @Override
    public JValue renderJson(HttpServletRequest request) {
      History all = history.get();
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("rows", all.rows());
      values.put("windows", all.windows());
      values.put("sampled_out", all.sampledOut());
      values.put("left_out", all.leftOut());
      values.put("alarms", all.alarms());
      values.put("quarantined", all.quarantined());
      values.put("step_us", all.steps());
      values.put("last", all.last());
      values.put("gate", all.gate());
      values.put("points", all.points());
      values.put("events", all.events());
      values.put("versions", all.versions());
      return JsonMethods$.MODULE$.fromJsonNode(JSON.valueToTree(values));
    }
  }
}

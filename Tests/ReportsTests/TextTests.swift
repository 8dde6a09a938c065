import Foundation
import Testing

@testable import Reports

@Suite struct TextTests {
  @Test(arguments: [
    ("plain 0.866", "plain 0.866"),
    ("a|b", "a\\|b"),
    ("<script> & *x* _y_ `z` [l] ~s~ #1 \\", "&lt;script&gt; &amp; \\*x\\* \\_y\\_ \\`z\\` \\[l\\] \\~s\\~ \\#1 \\\\"),
    ("two\nlines\r\tand", "two lines  and"),
    ("\u{1B}[31mred\u{7F}\u{202E}back", "\u{FFFD}\\[31mred\u{FFFD}\u{FFFD}back"),
  ])
  func markdownCellIsEscaped(text: String, expected: String) {
    #expect(Markdown.escaped(text) == expected)
  }

  @Test func codeKeepsBackticksAndBarsInside() {
    #expect(Markdown.code("a|b") == "`a\\|b`")
    #expect(Markdown.code("a`b") == "`` a`b ``")
  }

  @Test func onlyPlainWebAddressesBecomeLinks() {
    #expect(Markdown.source("https://example.org/a_b") == "<https://example.org/a_b>")
    #expect(Markdown.source("https://example.org/|x") == "https://example.org/\\|x")
    #expect(Markdown.source("javascript:alert(1)") == "javascript:alert(1)")
    #expect(Markdown.source("Cho et al. 2023") == "Cho et al. 2023")
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("=1+1", "\"'=1+1\""),
    ("+1", "\"'+1\""), ("-x", "\"'-x\""), ("@f", "\"'@f\""), ("a=b", "a=b"), ("two\nlines", "two lines"),
  ])
  func csvTextIsQuotedAndCannotBeAFormula(text: String, expected: String) {
    var csv = CSVDocument(["text"])
    csv.append([.text(text)])
    #expect(csv.data == Data("text\r\n\(expected)\r\n".utf8))
  }

  @Test func csvNumbersStayNumbers() {
    var csv = CSVDocument(["a", "b", "c", "d"])
    csv.append([.number(-1.5), .integer(-2), .empty, .number(1e-7)])
    csv.append([.number(3), .integer(0), .empty, .number(0.1)])
    #expect(csv.lines == ["a,b,c,d", "-1.5,-2,,1e-07", "3,0,,0.1"])
  }

  @Test func numbersPrintWithFixedDecimalsAndSigns() {
    #expect(NumberText.fixed(-0.001, 2) == "0.00")
    #expect(NumberText.fixed(-0.005001, 2) == "-0.01")
    #expect(NumberText.percent(0.66499) == "66.50")
    #expect(NumberText.points(0.0123) == "+1.23")
    #expect(NumberText.points(-0.0123) == "-1.23")
    #expect(NumberText.points(0.000001) == "0.00")
    #expect(NumberText.points(-0.01...0.02) == "[-1.00, +2.00]")
    #expect(NumberText.duration(59.4) == "59 s")
    #expect(NumberText.duration(3725) == "1 h 2 min 5 s")
  }

  @Test(arguments: [
    ([0.0, 100], ["0", "20", "40", "60", "80", "100"]), ([0.66, 0.68], ["0.660", "0.665", "0.670", "0.675", "0.680"]),
    ([-1.0, 1], ["-1.0", "-0.5", "0.0", "0.5", "1.0"]), ([5.0, 5], ["4.8", "4.9", "5.0", "5.1", "5.2"]),
  ])
  func axisTicksAreRoundAndInsideTheRange(values: [Double], labels: [String]) {
    let axis = Axis(over: values)
    #expect(axis.ticks.map(\.label) == labels)
    #expect(axis.ticks.allSatisfy { axis.range.contains($0.value) })
  }

  @Test func axisKeepsToItsLimitsAndFallsBackToRoundTicksWhenCrowded() {
    #expect(Axis(over: [2, 99], limits: 0...100, padding: 0.1).range == 0...100)
    #expect(Axis(at: [86.6, 95], padding: 0.1, gap: 0.05).ticks.map(\.label) == ["86.6", "95"])
    #expect(Axis(at: [80, 80.1, 95], padding: 0.1, gap: 0.05).ticks.map(\.label).contains("80.1") == false)
  }
}

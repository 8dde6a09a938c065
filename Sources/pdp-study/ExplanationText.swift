import Planning
import Pruning

/// What arms will do to their networks, as text.
struct ExplanationText {
  /// Columns that text is wrapped to.
  private static let width = 100

  let explanations: [ArmExplanation]

  var text: String {
    var blocks: [String] = []
    for (index, explanation) in explanations.enumerated() {
      blocks.append(heading(explanation).joined(separator: "\n"))
      guard let pruning = explanation.pruning, pruning.gradient != .none else { continue }
      let earlier = explanations[..<index].first { other in
        other.pruning.map { $0.layers == pruning.layers && $0.groups == pruning.groups } ?? false
      }
      if let earlier {
        blocks.append("  layers as in arm \(earlier.arms.joined(separator: ", "))")
      } else {
        blocks.append(layers(pruning).joined(separator: "\n"))
        if !pruning.groups.isEmpty { blocks.append(groups(pruning).joined(separator: "\n")) }
      }
    }
    return Console.printableLines(blocks.joined(separator: "\n\n"))
  }

  private func heading(_ arm: ArmExplanation) -> [String] {
    var lines = wrapped("arm ", "\(arm.arms.joined(separator: ", ")): \(arm.model) on \(arm.input)", indent: 2)
    if let start = arm.start { lines += wrapped("  ", "starts from the weights of arm '\(start)'", indent: 4) }
    if let teacher = arm.teacher { lines += wrapped("  ", "learns from the network of arm '\(teacher)'", indent: 4) }
    guard let pruning = arm.pruning else { return lines + wrapped("  ", "cannot start: \(arm.fault)", indent: 4) }
    let settings = pruning.settings.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    lines += entry(
      "method", pruning.method + (settings.isEmpty ? "" : ", \(settings)") + "; structure \(pruning.structure)")
    guard pruning.gradient != .none else {
      return lines + entry("totals", "\(over(pruning.totals)); nothing is pruned")
    }
    lines += entry("training", "gradient \(word(pruning.gradient)); storage \(pruning.storage.rawValue)")
    lines += entry("policy", pruning.policy)
    lines += entry("budget", pruning.budget)
    lines += entry("schedule", schedule(pruning.schedule))
    return lines + totals(pruning).enumerated().flatMap { entry($0.offset == 0 ? "totals" : "", $0.element) }
  }

  private func entry(_ name: String, _ text: String) -> [String] {
    wrapped("  \(name)" + String(repeating: " ", count: max(1, 10 - name.count)), text, indent: 12)
  }

  private func word(_ gradient: PruningExplanation.Gradient) -> String {
    switch gradient {
    case .none: "none"
    case .masked: "masked"
    case .straightThrough(let pull): "straight-through" + (pull == 0 ? "" : ", pull \(pull)")
    case .soft(let isAttached): "soft, \(isAttached ? "through the threshold too" : "with a constant threshold")"
    case .learnt(let isSoft): "learnt scores" + (isSoft ? ", soft until frozen" : "")
    }
  }

  private func schedule(_ schedule: PruningExplanation.Schedule) -> String {
    func moment(_ step: Int) -> String {
      "epoch \(Format.value(Double(step) / Double(schedule.stepsPerEpoch))) (step \(step))"
    }
    let last =
      schedule.lastUpdateStep > schedule.endStep ? ", the last at \(moment(schedule.lastUpdateStep))" : ""
    return "\(moment(schedule.startStep)) to \(moment(schedule.endStep)) of \(moment(schedule.totalSteps)), "
      + "\(schedule.updates) update\(schedule.updates == 1 ? "" : "s")\(last)"
  }

  private func totals(_ pruning: PruningExplanation) -> [String] {
    let totals = pruning.totals
    let requested = "sparsity \(percent(pruning.sparsity)) requested: "
    let first =
      totals.requested.map { "\(requested)\(share($0, totals.prunable)) prunable \(totals.unit)" }
      ?? "\(requested)training decides, of \(totals.prunable) prunable \(totals.unit)"
    guard totals.prunedWeights != nil else {
      return [
        first,
        "of \(totals.prunableWeights) weights in prunable tensors, \(totals.weights) in all, "
          + "\(totals.parameters) parameters",
      ]
    }
    return [first, over(totals)]
  }

  private func over(_ totals: PruningExplanation.Totals) -> String {
    guard let pruned = totals.prunedWeights else { return "" }
    return "\(share(pruned, totals.weights)) weights, \(share(pruned, totals.parameters)) parameters"
  }

  private func share(_ part: Int, _ whole: Int) -> String {
    "\(part) of \(whole) (\(percent(Double(part) / Double(max(1, whole)))))"
  }

  private func percent(_ fraction: Double) -> String { "\(Format.value((fraction * 10_000).rounded() / 100)) %" }

  /// The table of layers, with reasons that would make a line longer than the text's width as notes below it.
  private func layers(_ pruning: PruningExplanation) -> [String] {
    let rows = pruning.layers.map { layer in
      [
        .text(layer.path), .text(Self.operations[layer.operation] ?? layer.operation),
        .text(layer.shape.map { "\($0)" }.joined(separator: "x")), .number("\(layer.weights)"),
      ] + cells(layer.pruned, of: layer.weights)
    }
    var table = TextTable(columns: ["layer", "operation", "shape", "weights", "pruned", "share"], rows: rows)
    let left = Self.width - 2 - table.width - 2
    var notes: [String] = []
    table.columns.append("why")
    table.rows = zip(rows, pruning.layers).map { row, layer in
      let why = why(layer)
      if why.count <= left { return row + [.text(why)] }
      if !notes.contains(why) { notes.append(why) }
      return row + [.text("note \((notes.firstIndex(of: why) ?? 0) + 1)")]
    }
    return [indented(table.text(.table))]
      + notes.enumerated().flatMap { wrapped("  ", "note \($0.offset + 1): \($0.element)", indent: 4) }
  }

  private func why(_ layer: PruningExplanation.Layer) -> String {
    guard !layer.isPrunable else {
      return layer.budget + (layer.group.map { $0 == layer.path ? "" : ", goes with '\($0)'" } ?? "")
    }
    if layer.pruned == .exactly(0) { return "dense: \(layer.reason)" }
    return layer.operation == "depthwise-convolution" ? layer.reason : "only what it reads goes: \(layer.reason)"
  }

  private func channels(_ count: Int) -> String { "\(count) channel\(count == 1 ? "" : "s")" }

  private static let operations = ["convolution": "conv", "depthwise-convolution": "depthwise"]

  private func cells(_ count: PruningExplanation.Count, of whole: Int) -> [TextTable.Cell] {
    switch count {
    case .exactly(let count):
      [.number("\(count)"), .number(percent(Double(count) / Double(max(1, whole))))]
    case .rankedAtStep(let step): [.text("ranked"), .text("step \(step)")]
    case .transferred: [.text("as there"), .empty]
    case .outcome: [.text("outcome"), .empty]
    }
  }

  private func groups(_ pruning: PruningExplanation) -> [String] {
    let prunable = pruning.groups.filter(\.reason.isEmpty)
    let left = pruning.groups.filter { !$0.reason.isEmpty }
    return prunable.flatMap { group -> [String] in
      let count =
        switch group.pruned {
        case .exactly(let count): "\(count) go"
        case .rankedAtStep(let step): "how many go is ranked at step \(step)"
        case .transferred: "as many go as there"
        case .outcome: "training decides how many go"
        }
      return wrapped(
        "  ", "group \(group.name): \(channels(group.channels)), at least \(group.kept) stay, \(count)", indent: 4)
        + members("made by", group.producers) + members("passed on by", group.followers + group.normalizations)
        + members("read by", group.consumers)
    }
      + left.flatMap { wrapped("  ", "group \($0.name): \(channels($0.channels)), all stay: \($0.reason)", indent: 4) }
  }

  private func members(_ verb: String, _ paths: [String]) -> [String] {
    paths.isEmpty ? [] : wrapped("    ", "\(verb) \(paths.joined(separator: ", "))", indent: 6)
  }

  /// `start` and then `text` in lines of at most `width`, broken at spaces; all but the first are indented by `indent`.
  private func wrapped(_ start: String, _ text: String, indent: Int) -> [String] {
    var lines: [String] = []
    var line = start
    var isAtStart = true
    for word in text.split(separator: " ") {
      if !isAtStart, line.count + 1 + word.count > Self.width {
        lines.append(line)
        (line, isAtStart) = (String(repeating: " ", count: indent), true)
      }
      line += (isAtStart ? "" : " ") + word
      isAtStart = false
    }
    return lines + [line]
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
  }
}

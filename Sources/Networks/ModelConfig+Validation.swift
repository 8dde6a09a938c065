extension ModelConfig {
  /// Why no network can be made of a configuration that comes from a file; nil if one can.
  package var fault: String? {
    guard width > 0, width <= 8 else { return "'width' is \(width), expected a number above 0, up to 8" }
    guard (1...64).contains(inputChannels) else { return "'inputChannels' is \(inputChannels), expected 1...64" }
    guard (1...100_000).contains(classes) else { return "'classes' is \(classes), expected 1...100000" }
    guard let channels else { return nil }
    var whole = self
    whole.channels = nil
    let groups = Network(whole).channelGroups().filter(\.isPrunable)
    let counts = Dictionary(groups.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
    for (name, count) in channels.sorted(by: { $0.key < $1.key }) {
      guard let most = counts[name] else { return "'channels' names a group '\(name)' that the network does not have" }
      guard (1...most).contains(count) else { return "'channels' of '\(name)' is \(count), expected 1...\(most)" }
    }
    return nil
  }
}

extension BertModelConfig {
  /// Why no network can be made of a configuration that comes from a file with `numbers` numbers; nil if one can, which
  /// then takes no more of them than the file has.
  package func fault(ofFileWith numbers: Int) -> String? {
    let sizes = [
      ("vocabularySize", encoder.vocabularySize), ("hiddenSize", encoder.hiddenSize), ("layers", encoder.layers),
      ("heads", encoder.heads), ("intermediateSize", encoder.intermediateSize), ("positions", encoder.positions),
      ("tokenTypes", encoder.tokenTypes), ("outputs", outputs),
    ]
    for (name, size) in sizes where !(1...1 << 20).contains(size) {
      return "'\(name)' is \(size), expected 1...1048576"
    }
    guard encoder.hiddenSize % encoder.heads == 0 else {
      return "'heads' is \(encoder.heads), expected a divisor of the width \(encoder.hiddenSize)"
    }
    guard encoder.epsilon > 0, encoder.epsilon < 1 else {
      return "'epsilon' is \(encoder.epsilon), expected a number between 0 and 1"
    }
    if let fault = encoder.faultOfCounts { return fault }
    // Rows of the width, layer after layer, since a product of all sizes might not be an integer of this machine.
    var rows = encoder.vocabularySize + encoder.positions + encoder.tokenTypes + outputs
    for layer in 0..<encoder.layers where rows <= numbers {
      rows += 4 * encoder.heads(ofLayer: layer) * encoder.headWidth + 2 * encoder.feedForward(ofLayer: layer)
    }
    guard rows <= numbers / encoder.hiddenSize else {
      return "its sizes make a network of more than the file's \(numbers) numbers"
    }
    return nil
  }
}

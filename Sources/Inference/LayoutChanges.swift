import Kernels

/// Copies between layouts by what they copy, each made and timed once.
final class LayoutChanges {
  private struct Key: Hashable {
    let source: ImageLayout
    let target: ImageLayout
  }

  private var changes: [Key: LayoutChange] = [:]
  private var times: [Key: Double] = [:]

  func change(_ source: ImageLayout, _ target: ImageLayout) -> LayoutChange {
    let key = Key(source: source, target: target)
    let change = changes[key] ?? LayoutChange(from: source, to: target)
    changes[key] = change
    return change
  }

  func seconds(_ source: ImageLayout, _ target: ImageLayout) -> Double {
    let key = Key(source: source, target: target)
    let seconds = times[key] ?? KernelRace.seconds(change(source, target))
    times[key] = seconds
    return seconds
  }
}

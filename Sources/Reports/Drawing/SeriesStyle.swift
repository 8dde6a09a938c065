/// How the data of one method, or of one variant of it, look.
struct SeriesStyle: Equatable, Sendable {
  var colour: Colour
  var marker: Marker
  /// Whether the marker is drawn as an outline.
  var isOpen: Bool
  var dash: [Double]

  /// Style of the method called `name`; `variant` counts its variants within a study, from 0.
  ///
  /// Colour and marker are functions of the name alone: the same for a method in every figure. Variants differ by marker
  /// and dashes. A method without an entry takes one of six more colours by its name.
  init(method name: String, variant: Int = 0) {
    let (code, shape) = Self.named[name] ?? Self.fallback(name)
    colour = Colour(code)
    marker = Marker(rawValue: (shape + variant / 2) % Marker.allCases.count) ?? .circle
    isOpen = variant % 2 == 1
    dash = Self.dashes[variant % Self.dashes.count]
  }

  /// Colours and markers by method; methods that never prune the same structure share some colours.
  ///
  /// The first six are those of Okabe and Ito, "Color universal design", 2008, which people with colour blindness can
  /// tell apart; the others were picked one by one, each as far as possible from those before it (CIE94).
  private static let named: [String: (code: UInt32, shape: Int)] = [
    "dense": (0x4D4D4D, 0),
    "pdp": (0xD55E00, 0),
    "gmp": (0x0072B2, 1),
    "gmp-nested": (0x56B4E9, 2),
    "one-shot": (0x009E73, 3),
    "random": (0xCC79A7, 4),
    "str": (0x7500EB, 5),
    "rigl": (0xA6A600, 1),
    "ac-dc": (0x000059, 2),
    "dnw": (0x590000, 3),
    "optg": (0xCC003D, 4),
    "cs": (0x80265C, 5),
    "granet": (0x505900, 0),
    "set": (0x32A600, 1),
    "imp": (0x003659, 2),
    "movement": (0x805746, 3),
    "soft-movement": (0xEB9681, 4),
    "snip": (0x8C81EB, 5),
    "grasp": (0xEB00EB, 0),
    "synflow": (0x005947, 1),
    "sr-ste": (0xCC003D, 2),
    "asp": (0xA6A600, 5),
    "lbc": (0x80265C, 3),
    "l1-norm": (0x7500EB, 1),
    "l2-norm": (0x8C81EB, 2),
    "fpgm": (0xA6A600, 3),
    "slimming": (0xCC003D, 5),
    "taylor": (0x32A600, 0),
    "hrank": (0x805746, 1),
    "chip": (0x003659, 4),
  ]

  private static let others: [UInt32] = [0xE69F00, 0x332288, 0x999933, 0x882255, 0x44AA99, 0x661100]

  private static let dashes: [[Double]] = [
    [], [7, 3], [2, 3], [9, 3, 2, 3], [14, 4], [1, 2], [5, 2, 1, 2, 1, 2], [14, 3, 5, 3],
  ]

  private static func fallback(_ name: String) -> (code: UInt32, shape: Int) {
    let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return (others[Int(hash % UInt32(others.count))], Int(hash >> 8) % Marker.allCases.count)
  }
}

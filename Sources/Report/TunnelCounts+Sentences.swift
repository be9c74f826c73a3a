import Journal
import Support

extension TunnelCounts {
    /// What to say where these are accounts of earlier runs, those still up first; empty where there are none.
    package var sentences: [String] { [upSentence, unseenSentence].compactMap(\.self) }

    /// Nil where no tunnel is up.
    var upSentence: String? {
        switch up {
        case 0: nil
        case 1: "The tunnel of 1 account of an earlier run is still up"
        default: "The tunnels of \(up.grouped) accounts of earlier runs are still up"
        }
    }

    /// Nil where every tunnel could be seen.
    var unseenSentence: String? {
        switch unseen {
        case 0: nil
        case 1: "The tunnel of 1 account of an earlier run could not be seen"
        default: "The tunnels of \(unseen.grouped) accounts of earlier runs could not be seen"
        }
    }
}

import Support

/// The result of one feed of several: its run or plan, or the error that prevented it.
package enum FeedResult<Value: Sendable>: Sendable {
    case success(Value)
    case failure(any ExplainedError)
}

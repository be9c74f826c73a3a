import Support

/// What one feed of several led to: its run or plan, or what kept it from having one.
package enum FeedResult<Value: Sendable>: Sendable {
    case success(Value)
    case failure(any ExplainedError)
}

import Testing

@testable import Support

@Suite("Times of a sample")
struct DjangoTimeTests {
    @Test(
        "are those that Python prints",
        arguments: [
            (0, 0, "1970-01-01 00:00:00"), (951_782_400, 1_000, "2000-02-29 00:00:00.000001"),
            (1_795_441_471, 622_707_999, "2026-11-23 13:44:31.622707"), (-1, 0, "1969-12-31 23:59:59"),
            (4_107_542_399, 0, "2100-02-28 23:59:59"), (4_107_542_400, 0, "2100-03-01 00:00:00"),
        ] as [(Int64, Int32, String)])
    func column(seconds: Int64, nanoseconds: Int32, text: String) {
        #expect(UTCTime(seconds: seconds, nanoseconds: nanoseconds).django == text)
    }
}

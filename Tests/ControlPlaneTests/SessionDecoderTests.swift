import CZlib
import Foundation
import Testing

@testable import ControlPlane
@testable import SamplePlane

@Suite("Whose a session is")
struct SessionDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var data: String
        var owner: SessionDecoder.Owner

        init(_ description: String, _ data: String, _ owner: SessionDecoder.Owner) {
            testDescription = description
            self.data = data
            self.owner = owner
        }
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    private static func signed(_ value: String) -> String { value + ":1abcde:" + String(repeating: "s", count: 43) }

    private static func plain(_ json: String) -> String { signed(base64(json.utf8)) }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: Int(compressBound(uLong(bytes.count))))
        var count = uLongf(packed.count)
        guard compress(&packed, &count, bytes, uLong(bytes.count)) == Z_OK else { return [] }
        return Array(packed.prefix(Int(count)))
    }

    private static func packed(_ json: String, _ change: (inout [UInt8]) -> Void = { _ in }) -> String {
        var bytes = deflated(Array(json.utf8))
        change(&bytes)
        return signed("." + base64(bytes))
    }

    private static let five = #"{"_auth_user_id":"5","_auth_user_backend":"b"}"#

    private static func nested(_ levels: Int) -> String {
        #"{"a":\#(String(repeating: "[", count: levels))\#(String(repeating: "]", count: levels)),"_auth_user_id":"5"}"#
    }

    private static func padded(to count: Int) -> String {
        let frame = #"{"pad":"","_auth_user_id":"5"}"#
        return #"{"pad":""# + String(repeating: "x", count: count - frame.utf8.count) + #"","_auth_user_id":"5"}"#
    }

    @Test(
        "stands at the top of its JSON object",
        arguments: [
            Case("plain", plain(five), .user(5)),
            Case("compressed", packed(five), .user(5)),
            Case("the id as a number", plain(#"{"_auth_user_id":5}"#), .user(5)),
            Case("the largest id", plain(#"{"_auth_user_id":"9223372036854775807"}"#), .user(.max)),
            Case("white space", plain(" {\n\t\"_auth_user_id\" : \"5\" } \r\n"), .user(5)),
            Case("the key escaped", plain(#"{"\u005fauth\u005Fuser_id":"5"}"#), .user(5)),
            Case("the id escaped", plain(#"{"_auth_user_id":"\u0035"}"#), .user(5)),
            Case(
                "somebody else's in an object before", plain(#"{"w":{"_auth_user_id":"6"},"_auth_user_id":"5"}"#),
                .user(5)),
            Case(
                "somebody else's in an object after", plain(#"{"_auth_user_id":"5","w":[{"_auth_user_id":"6"}]}"#),
                .user(5)),
            Case("somebody else's in a text", plain(#"{"note":"\"_auth_user_id\":\"6\""}"#), .nobody),
            Case("somebody else's alone in an object", plain(#"{"w":{"_auth_user_id":"6"}}"#), .nobody),
            Case("the key with a capital", plain(#"{"_Auth_user_id":"5"}"#), .nobody),
            Case("anonymous", plain(#"{"_csrftoken":"x"}"#), .nobody),
            Case("empty object", plain("{}"), .nobody),
            Case("colons before the last two", "abc:" + plain(five), .unreadable),
            Case("no colons", base64(five.utf8), .unreadable),
            Case("one colon", base64(five.utf8) + ":1abcde", .unreadable),
            Case("empty", "", .unreadable),
            Case("colons alone", "::", .unreadable),
            Case("a point alone", ".::", .unreadable),
            Case("no base64", signed("!!!!"), .unreadable),
            Case("standard base64", signed("+/+/"), .unreadable),
            Case("a length that no base64 has", signed("abcde"), .unreadable),
            Case("an array", plain(#"[{"_auth_user_id":"5"}]"#), .unreadable),
            Case("a text", plain(#""_auth_user_id""#), .unreadable),
            Case("JSON that does not end", plain(#"{"_auth_user_id":"5""#), .unreadable),
            Case("JSON that goes on", plain(five + "{}"), .unreadable),
            Case("no JSON", plain("hello"), .unreadable),
            Case("id that is no number", plain(#"{"_auth_user_id":"five"}"#), .unreadable),
            Case("id null", plain(#"{"_auth_user_id":null}"#), .unreadable),
            Case("id too large", plain(#"{"_auth_user_id":"9223372036854775808"}"#), .unreadable),
            Case("id an object", plain(#"{"_auth_user_id":{"_auth_user_id":"5"}}"#), .unreadable),
            // Django takes the bytes for Latin-1.
            Case(
                "no UTF-8",
                signed(base64(Array(#"{"a":""#.utf8) + [0xFF] + Array(#"","_auth_user_id":"5"}"#.utf8))), .user(5)),
            Case("NaN", plain(#"{"a":NaN,"_auth_user_id":"5"}"#), .user(5)),
            Case("Infinity", plain(#"{"a":[Infinity,-Infinity],"_auth_user_id":"5"}"#), .user(5)),
            Case("half a surrogate pair", plain(#"{"a":"\ud83d","\ude00":"\ud83dx","_auth_user_id":"5"}"#), .user(5)),
            Case("the id twice: the last counts", plain(#"{"_auth_user_id":"6","_auth_user_id":"5"}"#), .user(5)),
            Case("nested 200 deep", plain(nested(200)), .user(5)),
            Case("nested 900 deep", plain(nested(900)), .user(5)),
            Case("nested deeper than Python reads", plain(nested(100_000)), .unreadable),
            Case("nan", plain(#"{"a":nan,"_auth_user_id":"5"}"#), .unreadable),
            Case("a sign before NaN", plain(#"{"a":-NaN,"_auth_user_id":"5"}"#), .unreadable),
            Case("compressed and cut", packed(five) { $0.removeLast(5) }, .unreadable),
            Case("compressed and damaged", packed(five) { $0[$0.count / 2] ^= 0xFF }, .unreadable),
            Case("compressed with a wrong checksum", packed(five) { $0[$0.count - 1] ^= 1 }, .unreadable),
            Case("compressed and going on", packed(five) { $0.append(0) }, .unreadable),
            Case("marked as compressed and plain", signed("." + base64(five.utf8)), .unreadable),
            Case("compressed and not marked", signed(base64(deflated(Array(five.utf8)))), .unreadable),
            Case("large", packed(padded(to: 3 << 20)), .user(5)),
            Case("a bomb", packed(padded(to: 64 << 20)), .unreadable),
        ])
    func owner(_ example: Case) {
        #expect(SessionDecoder().owner(of: example.data.utf8) == example.owner)
    }

    @Test("is read right also after one that could not be read")
    func afterADamagedOne() {
        let decoder = SessionDecoder()
        for _ in 0..<3 {
            #expect(decoder.owner(of: Self.packed(Self.five) { $0.removeLast(5) }.utf8) == .unreadable)
            #expect(decoder.owner(of: Self.packed(Self.five).utf8) == .user(5))
        }
    }
}

@Suite("URL-safe base64 without padding")
struct URLSafeBase64Tests {
    @Test("reads what Foundation writes", arguments: 0...70)
    func matchesFoundation(length: Int) {
        var random = SplitMix64(seed: UInt64(length))
        let bytes = random.bytes(length)
        let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        #expect(URLSafeBase64.decode(Array(text.utf8)[...]) == bytes)
    }

    @Test("takes nothing else", arguments: ["a", "abcde", "ab=", "ab==", "a b", "+/+/", "ab\n", "é"])
    func refuses(text: String) {
        #expect(URLSafeBase64.decode(Array(text.utf8)[...]) == nil)
    }
}

@Suite("Decompression")
struct InflationTests {
    private func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: Int(compressBound(uLong(bytes.count))))
        var count = uLongf(packed.count)
        #expect(compress(&packed, &count, bytes, uLong(bytes.count)) == Z_OK)
        return Array(packed.prefix(Int(count)))
    }

    @Test(
        "gives back what was compressed, whatever its size",
        arguments: [0, 1, 1_023, 1_024, 1_025, 4_096, 100_000, 1 << 20, (4 << 20) - 1, 4 << 20])
    func roundTrip(size: Int) {
        var random = SplitMix64(seed: 7)
        let bytes = random.bytes(size / 2) + [UInt8](repeating: 0x41, count: size - size / 2)
        #expect(Inflation().inflate(deflated(bytes)) == bytes)
    }

    @Test("stops soon after the limit", arguments: [9 << 20, 64 << 20])
    func bomb(size: Int) {
        #expect(Inflation().inflate(deflated([UInt8](repeating: 0, count: size))) == nil)
    }

    @Test("takes no empty, cut, damaged or longer data")
    func damaged() {
        let inflation = Inflation()
        let whole = deflated(Array("hello, hello, hello".utf8))
        #expect(inflation.inflate([]) == nil)
        for count in 1..<whole.count { #expect(inflation.inflate(Array(whole.prefix(count))) == nil) }
        #expect(inflation.inflate(whole + [0]) == nil)
        #expect(inflation.inflate(whole + whole) == nil)
        #expect(inflation.inflate(whole) == Array("hello, hello, hello".utf8))
    }
}

extension URLSafeBase64 {
    fileprivate static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        return text.withUnsafeBufferPointer { decode($0[...], into: &bytes) }.map { Array(bytes.prefix($0)) }
    }
}

extension Inflation {
    fileprivate func inflate(_ compressed: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        return inflate(compressed.span, into: &output).map { Array(output.prefix($0)) }
    }
}

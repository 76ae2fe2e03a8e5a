use flate2::Crc;
use flate2::read::DeflateDecoder;
use proptest::prelude::*;
use std::io::Read;

use super::frame::FOOTER_BYTES;
use super::map::map_up_to;
use super::map::{Kind, Map, bytes_of};
use super::*;

const WORDS: &str = "the of and to in a is that for it was on as with be by he at from his an were which are this had or one \
                     new time window token bits text model paper byte";

/// A block with codes of its own, of which none ends it: tables in words of one bit, 257 zeros, and one word for distances.
const UNENDING: &str = "101 00000 00000 0111 000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100 \
                        1 1111111 1 0011011 0 0";

/// The numbers of a linear congruential generator: Python has no trouble making the same.
fn numbers() -> impl Iterator<Item = u64> {
    let next =
        |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(1), next).skip(1)
}

/// `length` bytes that look like text.
fn text(length: usize) -> Vec<u8> {
    let words: Vec<&str> = WORDS.split(' ').collect();
    let word = |number: u64| {
        let end = if number >> 60 == 0 { ". " } else { " " };
        [words[(number >> 33) as usize % words.len()], end].concat().into_bytes()
    };
    numbers().flat_map(word).take(length).collect()
}

/// `length` bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    numbers().map(|number| (number >> 56) as u8).take(length).collect()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks everything that must hold for every text.
fn check(text: &[u8]) {
    for bare in [false, true] {
        let stream = compress(text, bare);
        assert_eq!(decompress(&stream, bare, text.len()).as_deref(), Ok(text));
        let map = map(&stream, bare).unwrap();
        assert!(map.text() == text);
        check_map(&map, &stream, bare);
        let body = if bare { stream.as_slice() } else { &stream[HEADER.len()..stream.len() - FOOTER_BYTES] };
        assert!(miniz_oxide::inflate::decompress_to_vec(body).unwrap() == text);
        assert!(body == compress(text, true), "the two forms differ in more than header and footer");
    }
}

/// Items cover every bit and every byte once, and are what they say.
fn check_map(map: &Map, stream: &[u8], bare: bool) {
    assert_eq!(map.bits(), 8 * stream.len() as u64);
    let (mut bit, mut byte) = (0, 0);
    for item in map.items() {
        assert!(item.bits.start == bit && item.bits.end > bit && item.text.start == byte && item.text.end >= byte);
        (bit, byte) = (item.bits.end, item.text.end);
        let (bits, bytes) = (item.bits.end - item.bits.start, item.text.len());
        let touched = bytes_of(item.bits.clone());
        assert!(touched.start as u64 * 8 <= item.bits.start && item.bits.end <= touched.end as u64 * 8);
        assert!((touched.len() as u64 - 1) * 8 < bits + 7);
        let plausible = match item.kind {
            Kind::Header => !bare && item.bits == (0..16) && bytes == 0,
            Kind::Footer => !bare && bits == 32 && item.bits.end == map.bits() && bytes == 0,
            Kind::BlockHeader => bits == 3 && bytes == 0,
            Kind::StoredLength => bits == 32 && item.bits.start % 8 == 0 && bytes == 0,
            Kind::CodeLengths => bits >= 17 && bytes == 0,
            Kind::Stored => bits == 8 && bytes == 1 && stream[touched.start] == map.text()[item.text.start],
            Kind::Literal => (1..=15).contains(&bits) && bytes == 1,
            Kind::Match { length, distance } => {
                let from = item.text.start - usize::from(distance);
                bytes == usize::from(length)
                    && (2..=48).contains(&bits)
                    && item.text.clone().zip(from..).all(|(to, from)| map.text()[to] == map.text()[from])
            }
            Kind::EndOfBlock => (1..=15).contains(&bits) && bytes == 0,
            Kind::Padding => bits < 8 && item.bits.end % 8 == 0 && bytes == 0,
        };
        assert!(plausible, "{item:?}");
    }
    assert_eq!((bit, byte), (map.bits(), map.text().len()));
    for byte in (0..map.text().len()).step_by(1 + map.text().len() / 64) {
        let item = map.item_of_byte(byte).unwrap();
        assert!(item.text.contains(&byte), "byte {byte}: {item:?}");
        assert_eq!(map.item_at(item.bits.start), Some(item.clone()));
        assert_eq!(map.item_at(item.bits.end - 1), Some(item));
    }
    assert_eq!((map.item_of_byte(map.text().len()), map.item_at(map.bits())), (None, None));
}

/// What zlib makes of a bare stream of any length, if it is one and nothing follows.
fn zlib(stream: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = DeflateDecoder::new(stream);
    let mut text = Vec::new();
    decoder.read_to_end(&mut text).ok().filter(|_| decoder.total_in() == stream.len() as u64).map(|_| text)
}

/// Bits, in DEFLATE's order, as bytes.
fn packed(bits: &str) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

#[test]
fn every_text_comes_back_and_every_bit_has_its_place() {
    let all: Vec<u8> = (0..=255).collect();
    for text in [b"".as_slice(), b"a", b"\0", &all, &all.repeat(9), &text(10_240), &[7; 100_000], &[b'x'; 259]] {
        check(text);
    }
}

#[test]
fn a_megabyte_of_noise_comes_back_and_hardly_grows() {
    let noise = noise(1 << 20);
    check(&noise);
    assert!(compress(&noise, true).len() < noise.len() + noise.len() / 1000);
}

/// Made by zlib 1.2.13 through Python 3.11.7: `zlib.compressobj(level=-1, wbits=-15)`, and `wbits=15`.
#[test]
fn streams_are_those_of_another_zlib_to_the_byte() {
    for (text, bare, zlib) in [(text(0), "0300", "00000001"), (text(1), "2b0100", "00750075")] {
        assert_eq!(hex(&compress(&text, true)), bare);
        assert_eq!(hex(&compress(&text, false)), ["789c", bare, zlib].concat());
    }
    // CRC-32 of the text; length and CRC-32 of the bare stream; CRC-32 of the stream with header and footer.
    for (text, crc_of_text, length, crc_of_bare, crc_of_gzip) in [
        (text(100), 0xbba5_2bb2, 66, 0x0581_b853, 0xe1dd_84cb),
        (text(10_240), 0xba44_4b44, 3_059, 0x6aad_2aa5, 0xc307_d736),
        (text(1_000_000), 0xb64d_b916, 258_283, 0x257b_6f5d, 0x00ec_1cd6),
        (noise(100), 0x4eee_dbef, 105, 0x69cd_c1e6, 0x9c68_488b),
        (noise(10_240), 0x33b6_3f4d, 10_245, 0xa119_b7cc, 0x6810_aaf9),
        (noise(200_000), 0xd2f6_56da, 200_065, 0xc361_958a, 0x72c0_80d4),
    ] {
        assert_eq!(crc(&text), crc_of_text, "the generator of the text");
        let (bare, gzip) = (compress(&text, true), compress(&text, false));
        assert_eq!((bare.len(), crc(&bare)), (length, crc_of_bare), "{} bytes", text.len());
        assert_eq!(
            (gzip.len(), crc(&gzip)),
            (length + HEADER.len() + FOOTER_BYTES, crc_of_gzip),
            "{} bytes",
            text.len()
        );
    }
}

#[test]
fn a_map_says_where_everything_lies() {
    // A last block (1) with the fixed codes (10); `a` is 0x30 + 97 in eight bits; the end of the block, seven zeros; padding.
    assert_eq!(hex(&compress(b"a", true)), "4b0400");
    let parts = |bare| -> Vec<_> {
        let map = map(&compress(b"a", bare), bare).unwrap();
        map.items().map(|item| (item.kind, item.bits, item.text)).collect()
    };
    let bare = [
        (Kind::BlockHeader, 0..3, 0..0),
        (Kind::Literal, 3..11, 0..1),
        (Kind::EndOfBlock, 11..18, 1..1),
        (Kind::Padding, 18..24, 1..1),
    ];
    assert_eq!(parts(true), bare);
    let mut gzip = vec![(Kind::Header, 0..16, 0..0)];
    gzip.extend(bare.map(|(kind, bits, text)| (kind, bits.start + 16..bits.end + 16, text)));
    gzip.push((Kind::Footer, 40..72, 1..1));
    assert_eq!(parts(false), gzip);
    assert_eq!([bytes_of(0..3), bytes_of(3..11), bytes_of(8..16), bytes_of(9..9)], [0..1, 0..2, 1..2, 1..1]);
}

#[test]
fn all_bytes_of_a_match_share_its_bits() {
    let map = map(&compress(b"abcabcabcabc", true), true).unwrap();
    let item = map.item_of_byte(11).unwrap();
    // Length 8 is one word of 7 bits, distance 3 one of 5.
    assert_eq!((item.kind, item.bits.clone()), (Kind::Match { length: 8, distance: 3 }, 35..47));
    assert_eq!(item.text, 4..12);
    assert!((4..12).all(|byte| map.item_of_byte(byte).as_ref() == Some(&item)));
    assert_eq!(map.item_of_byte(3).unwrap().kind, Kind::Literal);
}

#[test]
fn a_viewer_meets_every_kind() {
    let kinds = |text: &[u8]| -> std::collections::HashSet<_> {
        let map = map(&compress(text, false), false).unwrap();
        map.items().map(|item| std::mem::discriminant(&item.kind)).collect()
    };
    // Stored blocks have no words, others no stored bytes: ten kinds in all.
    assert_eq!(kinds(&noise(1000)).len(), 6);
    assert_eq!(kinds(&text(1000)).len(), 8);
    assert_eq!(kinds(&noise(1000)).union(&kinds(&text(1000))).count(), 10);
}

#[test]
fn streams_by_hand_are_taken_and_refused_as_by_zlib() {
    let stored = "000 00000 0000000000000000 1111111111111111";
    let own = |literals: &str, distances: &str, rest: &str| format!("101 {literals} {distances} {rest}");
    // Tables written in two words of one bit: 0 for a length of 1, and 1 for many zeros, here 256, up to the end of the block.
    let tables = "0111 000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100";
    let zeros = "1 1111111 1 1101011";
    for (stream, taken) in [
        (format!("{stored} 110 0000000"), true),
        (format!("{stored} {stored} 110 0000000"), true),
        ("100 11111 0000000000000000 1111111111111111".to_owned(), true),
        ("100 00000 1000000000000000 1111111111111111".to_owned(), false),
        ("100 00000 1000000000000000 0111111111111111".to_owned(), false),
        ("111 0000000".to_owned(), false),
        // A distance before the start; the words that fixed codes have for nothing.
        ("110 0000001 00000 0000000".to_owned(), false),
        ("110 00110000 0000001 00000 0000000".to_owned(), true),
        ("110 00110000 0000001 11110 0000000".to_owned(), false),
        ("110 00110000 11000110 00000 0000000".to_owned(), false),
        ("110 00110000 11000101 00000 0000000".to_owned(), true),
        // 286 and 287 words for bytes and lengths, 30 and 31 for distances.
        (own("10111", "00000", &format!("{tables} {zeros} 0 1 0100100 0 0")), true),
        (own("01111", "00000", &format!("{tables} {zeros} 0 1 1100100 0 0")), false),
        (own("00000", "10111", &format!("{tables} {zeros} 0 1 1100100 0")), true),
        (own("00000", "01111", &format!("{tables} {zeros} 0 1 0010100 0")), false),
        // The only words of a block are its end and one for distances, or none for distances.
        (own("00000", "00000", &format!("{tables} {zeros} 0 0 0")), true),
        (own("00000", "00000", &format!("{tables} {zeros} 0 0 1")), false),
        (own("00000", "01010", &format!("{tables} {zeros} 0 1 0000000 0")), true),
        // One zero more than there are words; a block without an end.
        (own("00000", "01010", &format!("{tables} {zeros} 0 1 1000000 0")), false),
        (own("00000", "00000", &format!("{tables} 1 1111111 1 0011011 0 0")), false),
        // Tables written in a single word or none; a repetition of nothing.
        (own("00000", "00000", "0000 000 000 100 000 0000000000000000"), false),
        (own("00000", "00000", "0000 000 000 000 000 0000000000000000"), false),
        (own("00000", "00000", "0000 100 000 100 000 0000000000000000"), false),
    ] {
        let stream = packed(&stream);
        assert_eq!(zlib(&stream).is_some(), taken, "zlib on {stream:?}");
        let found = map(&stream, true);
        assert_eq!(found.as_ref().ok().map(|map| map.text().to_vec()), zlib(&stream), "{stream:?}: {found:?}");
    }
}

/// Every word of the fixed codes, with extra bits all 0 and all 1, behind as much text as a distance can reach.
#[test]
fn every_length_and_distance_is_read_as_by_zlib() {
    let text = noise(1 << 15);
    let mut bits = "110".to_owned();
    let mut matches = 0;
    let words = (0..29).map(|length| (length, 29)).chain((0..30).map(|distance| (28, distance)));
    for ((length, distance), extra) in words.flat_map(|word| [(word, "0"), (word, "1")]) {
        bits += &match length {
            0..23 => format!("{:07b}", length + 1),
            _ => format!("{:08b}", 0b1100_0000 + length - 23),
        };
        bits += &extra.repeat(if length == 28 { 0 } else { (length / 4usize).saturating_sub(1) });
        bits += &format!("{distance:05b}");
        bits += &extra.repeat((distance / 2usize).saturating_sub(1));
        matches += 1;
    }
    bits += "0000000";
    let length = (1u16 << 15).to_le_bytes();
    let stored = [[0].as_slice(), &length, &length.map(|byte| !byte), &text].concat();
    let stream = [stored, packed(&bits)].concat();
    let map = map(&stream, true).unwrap();
    assert_eq!(Some(map.text()), zlib(&stream).as_deref());
    assert!(map.text() == miniz_oxide::inflate::decompress_to_vec(&stream).unwrap());
    check_map(&map, &stream, true);
    assert_eq!(map.items().filter(|item| matches!(item.kind, Kind::Match { .. })).count(), matches);
    let reached = |length, distance| map.items().any(|item| item.kind == Kind::Match { length, distance });
    assert!(reached(258, 32_768) && reached(258, 1) && reached(3, 24_577) && reached(226, 32_768));
}

#[test]
fn errors_say_what_is_wrong() {
    let (gzip, bare) = (compress(b"some text", false), compress(b"some text", true));
    let message = |stream: &[u8], bare, expected| decompress(stream, bare, expected).unwrap_err().to_string();
    let changed = |index: usize| {
        let mut stream = gzip.clone();
        stream[index] ^= 1;
        stream
    };
    let last = gzip.len();
    for (found, wanted) in [
        (message(&bare, false, 9), "byte 0 of the zlib header is 0x2b where GZip writes 0x78"),
        (message(&changed(1), false, 9), "byte 1 of the zlib header is 0x9d"),
        (message(&gzip[..1], false, 9), "ends after 1 bytes, inside the zlib header"),
        (message(&gzip[..4], false, 9), "ends after 4 bytes, inside the compressed text"),
        (message(&gzip[..last - 1], false, 9), "inside the zlib footer"),
        (message(&changed(last - 4), false, 9), "the footer says Adler-32"),
        (message(&gzip, false, 8), "more than the 8 bytes of text that were announced"),
        (message(&gzip, false, 10), "9 bytes of text where 10 were announced"),
        (message(&[gzip.as_slice(), b"ab"].concat(), false, 9), "2 bytes follow the end of the stream"),
        (message(&[bare.as_slice(), b"a"].concat(), true, 9), "1 bytes follow"),
        (message(&gzip, true, 9), "invalid stored block lengths near byte"),
        (message(&[], true, 0), "ends after 0 bytes"),
    ] {
        assert!(found.contains(wanted), "{found}");
    }
    // Those of the map, where it has words of its own.
    for (stream, bare, wanted) in [
        (&gzip[..4], false, "ends after 4 bytes, inside a block"),
        (&gzip, true, "invalid stored block lengths near byte 5"),
        (&bare[..1], true, "ends after 1 bytes"),
        (&packed(UNENDING), true, "missing end-of-block"),
    ] {
        let found = map(stream, bare).unwrap_err().to_string();
        assert!(found.contains(wanted), "{found}");
    }
}

#[test]
fn no_more_text_is_made_than_was_announced() {
    let bomb = compress(&vec![0; 10_000_000], true);
    assert!(bomb.len() < 10_000);
    assert_eq!(decompress(&bomb, true, 10), Err(DeflateError::Long { wanted: 10 }));
    assert_eq!(map_up_to(&bomb, true, 9_999_999), Err(DeflateError::Unmapped { limit: 9_999_999 }));
    assert_eq!(map_up_to(&bomb, true, 10_000_000).unwrap().text().len(), 10_000_000);
    // Room for one byte too many is made, not for two.
    for limit in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK, usize::MAX - 1] {
        for filled in [0, 1, BLOCK, 2 * BLOCK].into_iter().filter(|&filled| filled <= limit) {
            assert!((filled + 1..=limit + 1).contains(&(filled + room(filled, limit))), "{filled} of {limit}");
        }
    }
    // An announcement alone takes no memory.
    let (stream, length) = (compress(b"short", false), usize::MAX);
    assert_eq!(decompress(&stream, false, length), Err(DeflateError::Short { wanted: length, found: 5 }));
}

#[test]
fn what_is_cut_short_is_never_taken() {
    for text in [text(300), noise(300), b"a".repeat(3000)] {
        for bare in [false, true] {
            let stream = compress(&text, bare);
            for length in 0..stream.len() {
                let cut = decompress(&stream[..length], bare, text.len());
                assert!(matches!(cut, Err(DeflateError::Truncated { .. })), "{length}: {cut:?}");
                let cut = map(&stream[..length], bare);
                assert!(matches!(cut, Err(DeflateError::Truncated { .. })), "{length}: {cut:?}");
            }
        }
    }
}

/// Every bit of three streams. With a footer, damage is seen or does no harm; bare, a text of the right length may come out.
#[test]
fn damage_is_seen_unless_the_stream_is_bare() {
    for text in [text(300), noise(300), b"a".repeat(3000)] {
        for bare in [false, true] {
            let stream = compress(&text, bare);
            for position in 0..8 * stream.len() {
                let mut damaged = stream.clone();
                damaged[position / 8] ^= 1 << (position % 8);
                let (found, mapped) = (decompress(&damaged, bare, text.len()), map(&damaged, bare));
                if bare {
                    assert!(found.is_err() || found.is_ok_and(|found| found.len() == text.len()));
                    assert_eq!(mapped.ok().map(|map| map.text().to_vec()), zlib(&damaged));
                } else {
                    assert!(found.as_ref().is_err() || found.as_ref() == Ok(&text), "bit {position}");
                    assert_eq!(mapped.ok().map(|map| map.text().to_vec()), found.ok(), "bit {position}");
                }
            }
        }
    }
}

/// Texts of all sorts: noise, few different bytes, runs, repeated pieces.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(prop::sample::select(b"ab ".to_vec()), 0..600),
        (any::<u8>(), 0..2000usize).prop_map(|(byte, times)| vec![byte; times]),
        (prop::collection::vec(any::<u8>(), 1..20), 0..50usize).prop_map(|(piece, times)| piece.repeat(times)),
        (0..3000usize).prop_map(text),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_comes_back(text in texts()) {
        check(&text);
    }

    /// Another compressor makes other streams, at level 0 of stored blocks only, at others of other matches and blocks.
    #[test]
    fn streams_of_other_compressors_are_mapped_too(text in texts(), level in 0..=10u8) {
        let stream = miniz_oxide::deflate::compress_to_vec(&text, level);
        let map = map(&stream, true).unwrap();
        prop_assert!(map.text() == text);
        check_map(&map, &stream, true);
        prop_assert!(decompress(&stream, true, text.len()).is_ok_and(|found| found == text));
    }

    #[test]
    fn any_bytes_are_taken_and_refused_as_by_zlib(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3u8) {
        // As they are, and from the start of a last block with fixed codes and one with its own.
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = [*first, *first & !7 | 0b011, *first & !7 | 0b101][usize::from(kind)];
        }
        let found = map(&bytes, true).ok().map(|map| map.text().to_vec());
        prop_assert_eq!(&found, &zlib(&bytes));
        for length in [0, found.as_ref().map_or(100, Vec::len)] {
            let plain = decompress(&bytes, true, length).ok();
            prop_assert_eq!(plain, found.clone().filter(|text| text.len() == length));
        }
        let gzip = [HEADER.as_slice(), &bytes].concat();
        prop_assert!(decompress(&gzip, false, 100).is_err() && map(&gzip, false).is_err());
        prop_assert!(decompress(&bytes, false, 100).is_err() && map(&bytes, false).is_err());
    }

    #[test]
    fn damaged_streams_are_taken_and_refused_as_by_zlib(
        text in texts(), changes in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..4)
    ) {
        let mut stream = compress(&text, true);
        for (index, bit) in changes {
            // The tables at the start are where damage is most various.
            let start = stream.len().min(80);
            stream[index.index(start)] ^= 1 << bit;
        }
        prop_assert_eq!(map(&stream, true).ok().map(|map| map.text().to_vec()), zlib(&stream));
        let found = decompress(&stream, true, text.len());
        prop_assert!(found.is_err() || found.is_ok_and(|found| found.len() == text.len()));
    }
}

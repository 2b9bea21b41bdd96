//! A photo without the traces that its camera left: place, time, device, owner, thumbnails of what was cut away.
//!
//! What is known to be needed for the picture is kept; everything else goes, known or not. Of the notes only which way is
//! up survives, because without it a photo taken upright lies on its side.

use bytes::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::Png;
use img_parts::riff::RiffContent;
use img_parts::webp::{CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_ICCP, CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, WebP};
use img_parts::{DynImage, ImageEXIF};

/// The PNG chunks that make the picture: pixels, palette, transparency, colours, density, animation (PNG 3rd edition,
/// 11.2 and 11.3). Texts, times, EXIF and whatever else there is are not among them.
const PNG_KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];
/// The WebP chunks that make the picture (RFC 9649, 2.7).
const WEBP_KEPT: [[u8; 4]; 7] = [
    CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_ICCP,
];
/// The flag of a VP8X chunk that announces XMP (RFC 9649, 2.7).
const WEBP_XMP: u8 = 0b0000_0100;

/// A copy without traces. `None`: the photo is damaged, or is none.
pub(super) fn without_traces(bytes: Bytes) -> Option<Bytes> {
    let mut image = DynImage::from_bytes(bytes).ok()??;
    image.dimensions()?;
    let way_up = image.exif().and_then(|exif| orientation(&exif));
    match &mut image {
        DynImage::Jpeg(jpeg) => keep_jpeg(jpeg)?,
        DynImage::Png(png) => keep_png(png)?,
        DynImage::WebP(webp) => keep_webp(webp),
    }
    // Also without a note to write: for WebP this brings the announcement of the notes up to date.
    image.set_exif(way_up.map(only_orientation));
    Some(image.encoder().bytes())
}

fn keep_jpeg(jpeg: &mut Jpeg) -> Option<()> {
    let scan = jpeg
        .segments()
        .iter()
        .rposition(|segment| segment.marker() == markers::SOS)?;
    jpeg.segments_mut().truncate(scan + 1);
    let first = jpeg.segments_mut().pop()?;
    // The rest of the file: more scans, the end of the image, and whatever was put behind it, such as a second photo
    // with notes of its own or the video of a "live" photo.
    let rest = scans(&first.clone().encoder().bytes()[first.len()..]);
    jpeg.segments_mut().retain(makes_the_picture);
    jpeg.segments_mut().push(JpegSegment::new_with_entropy(
        markers::SOS,
        first.contents().clone(),
        rest.into(),
    ));
    Some(())
}

/// Whether a segment of a JPEG is needed to show it (ITU-T T.81, B.2; JFIF 1.02; ICC.1 B.4; Adobe's colour transform).
fn makes_the_picture(segment: &JpegSegment) -> bool {
    let begins = |with: &[u8]| segment.contents().starts_with(with);
    match segment.marker() {
        // Longer ones hold a thumbnail.
        markers::APP0 => begins(b"JFIF\0") && segment.contents().len() == 14,
        markers::APP2 => begins(b"ICC_PROFILE\0"),
        markers::APP14 => begins(b"Adobe"),
        other => is_coding(other),
    }
}

/// Whether a marker belongs to the coding of the image itself.
fn is_coding(marker: u8) -> bool {
    // SOF0 to SOF15 with the tables among them, except the reserved JPG; then SOS, DQT, DNL, DRI, DHP, EXP.
    matches!(marker, 0xC0..=0xC7 | 0xC9..=0xCF | 0xDA..=0xDF)
}

/// The coded image from behind its first scan header to its end marker, which is added where the file was cut off.
fn scans(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes[at..]
            .iter()
            .position(|byte| *byte == markers::P)
            .unwrap_or(bytes.len() - at);
        kept.extend_from_slice(&bytes[at..at + next]);
        at += next;
        match bytes.get(at + 1) {
            // A stuffed byte, a restart marker, or one that stands alone: part of the data.
            Some(&follows @ (0x00 | 0x01 | markers::RST0..=markers::RST7)) => {
                kept.extend([markers::P, follows]);
                at += 2;
            }
            // Any number of these may fill up before a marker.
            Some(&markers::P) => at += 1,
            Some(&marker) if marker != markers::EOI => {
                let Some(length) = bytes.get(at + 2..at + 4) else { break };
                let end = at + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                let Some(segment) = bytes.get(at..end).filter(|segment| segment.len() >= 4) else {
                    break;
                };
                if is_coding(marker) {
                    kept.extend_from_slice(segment);
                }
                at = end;
            }
            _ => break,
        }
    }
    kept.extend([markers::P, markers::EOI]);
    kept
}

fn keep_png(png: &mut Png) -> Option<()> {
    png.chunks_mut().retain(|chunk| PNG_KEPT.contains(&&chunk.kind()));
    png.chunk_by_type(*b"IDAT").map(|_| ())
}

fn keep_webp(webp: &mut WebP) {
    webp.chunks_mut().retain(|chunk| WEBP_KEPT.contains(&chunk.id()));
    let header = webp.chunks_mut().iter_mut().find(|chunk| chunk.id() == CHUNK_VP8X);
    if let Some(RiffContent::Data(data)) = header.map(|chunk| chunk.content_mut())
        && let Some(flags) = data.first()
    {
        *data = [&[flags & !WEBP_XMP], &data[1..]].concat().into();
    }
}

/// The tag of TIFF and EXIF that says which way is up (EXIF 2.32, 4.6.4).
const ORIENTATION: u16 = 0x0112;
/// The TIFF type of a 16-bit number.
const SHORT: u16 = 3;

/// Which way is up, 1 to 8, where EXIF says so.
fn orientation(exif: &[u8]) -> Option<u16> {
    let big = match exif.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let two: [u8; 2] = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    };
    let four: [u8; 4] = exif.get(4..8)?.try_into().ok()?;
    let first = usize::try_from(if big {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    })
    .ok()?;
    let entries = usize::from(short(first)?);
    (0..entries).find_map(|nth| {
        let entry = first.checked_add(2 + nth * 12)?;
        if short(entry)? != ORIENTATION || short(entry + 2)? != SHORT {
            return None;
        }
        short(entry + 8).filter(|way| (1..=8).contains(way))
    })
}

/// EXIF that says which way is up and nothing else.
fn only_orientation(way: u16) -> Bytes {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    for short in [ORIENTATION, SHORT, 0, 1, way, 0, 0, 0] {
        exif.extend(short.to_be_bytes());
    }
    exif.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use img_parts::png::PngChunk;
    use img_parts::riff::RiffChunk;

    const PLACE: &[u8] = b"36.6412907N 101.7253418E";

    /// EXIF of the given byte order with an orientation among other things, and a place behind it.
    fn exif(big: bool, way: u16) -> Bytes {
        let mut exif = if big {
            b"MM\0\x2a\0\0\0\x08".to_vec()
        } else {
            b"II\x2a\0\x08\0\0\0".to_vec()
        };
        let shorts = [
            2,
            0x0110,
            2,
            0,
            4,
            0x4142,
            0x4300,
            ORIENTATION,
            SHORT,
            0,
            1,
            way,
            0,
            0,
            0,
        ];
        // A count of 32 bits with the value 1 is written high half first or low half first.
        for (nth, short) in shorts.into_iter().enumerate() {
            let short: u16 = match (nth, big) {
                (9, false) => 1,
                (10, false) => 0,
                _ => short,
            };
            exif.extend(if big { short.to_be_bytes() } else { short.to_le_bytes() });
        }
        [exif.as_slice(), PLACE].concat().into()
    }

    fn holds(bytes: &[u8], what: &[u8]) -> bool {
        bytes.windows(what.len()).any(|window| window == what)
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), contents].concat()
    }

    /// A progressive JPEG with everything that phones put into one.
    fn jpeg(exif: &[u8]) -> Vec<u8> {
        let frame = [8, 0, 2, 0, 2, 1, 1, 0x11, 0];
        [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"),
            segment(0xe1, &[b"Exif\0\0", exif].concat()),
            segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<x>".as_slice(), PLACE].concat()),
            segment(0xe2, &[b"MPF\0".as_slice(), PLACE].concat()),
            segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(0xed, &[b"Photoshop 3.0\0".as_slice(), PLACE].concat()),
            segment(0xfe, PLACE),
            segment(0xdb, &[1; 65]),
            segment(0xc2, &frame),
            segment(0xc4, &[2; 20]),
            segment(0xda, b"\x01\x01\0\0\0\0"),
            b"scan1\xff\0data\xff\xd0more".to_vec(),
            segment(0xfe, PLACE),
            segment(0xc4, &[3; 20]),
            vec![0xff],
            segment(0xda, b"\x01\x01\0\x01\x05\0"),
            b"scan2".to_vec(),
            vec![0xff, 0xd9],
            b"trailer \xff\xd8 second photo ".to_vec(),
            PLACE.to_vec(),
        ]
        .concat()
    }

    #[test]
    fn a_jpeg_keeps_its_picture_and_which_way_is_up() {
        for (big, way) in [(true, 6), (false, 3)] {
            let copy = without_traces(jpeg(&exif(big, way)).into()).unwrap();
            assert!(!holds(&copy, PLACE));
            for gone in [
                b"http://ns.adobe".as_slice(),
                b"MPF\0",
                b"Photoshop",
                b"trailer",
                b"ABC",
            ] {
                assert!(!holds(&copy, gone), "{gone:?}");
            }
            for kept in [
                b"ICC_PROFILE\0".as_slice(),
                b"scan1\xff\0data\xff\xd0more",
                b"scan2\xff\xd9",
                b"JFIF\0",
                &[3; 20],
            ] {
                assert!(holds(&copy, kept), "{kept:?}");
            }
            assert!(copy.ends_with(&[0xff, 0xd9]));
            let again = Jpeg::from_bytes(copy.clone()).unwrap();
            assert_eq!(again.exif().and_then(|exif| orientation(&exif)), Some(way));
            assert_eq!(again.dimensions(), Some((2, 2)));
            assert_eq!(
                without_traces(copy.clone()),
                Some(copy),
                "a copy of the copy is the copy"
            );
        }
    }

    #[test]
    fn a_jpeg_that_was_cut_off_gets_an_end() {
        let whole = jpeg(&exif(true, 1));
        let cut = whole.windows(5).position(|five| five == b"scan2").unwrap();
        let copy = without_traces(whole[..cut + 3].to_vec().into()).unwrap();
        assert!(copy.ends_with(b"sca\xff\xd9"));
        // However much is missing: a copy without traces, or none.
        for end in 0..whole.len() {
            if let Some(copy) = without_traces(whole[..end].to_vec().into()) {
                assert!(!holds(&copy, PLACE), "cut at {end}");
            }
        }
    }

    #[test]
    fn a_png_keeps_its_picture() {
        let chunk = |kind: &[u8; 4], contents: &[u8]| PngChunk::new(*kind, Bytes::copy_from_slice(contents));
        let mut png = Png::from_bytes(Bytes::from_static(b"\x89PNG\r\n\x1a\n")).unwrap();
        png.chunks_mut().extend([
            chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]),
            chunk(b"eXIf", &exif(false, 8)),
            chunk(b"iTXt", &[b"XML:com.adobe.xmp\0".as_slice(), PLACE].concat()),
            chunk(b"tEXt", PLACE),
            chunk(b"zzZz", PLACE),
            chunk(b"IDAT", b"pixels"),
            chunk(b"IEND", b""),
        ]);
        let file = [&png.encoder().bytes()[..], PLACE].concat();
        let copy = without_traces(file.into()).unwrap();
        assert!(!holds(&copy, PLACE) && holds(&copy, b"pixels"));
        assert_eq!(
            Png::from_bytes(copy)
                .unwrap()
                .exif()
                .and_then(|exif| orientation(&exif)),
            Some(8)
        );
    }

    #[test]
    fn a_webp_keeps_its_picture() {
        let chunk = |id: &[u8; 4], data: &[u8]| RiffChunk::new(*id, RiffContent::Data(Bytes::copy_from_slice(data)));
        // Flags: EXIF and XMP; a canvas of 2 × 2.
        let mut subchunks = vec![
            chunk(b"VP8X", &[0b0000_1100, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            chunk(b"VP8L", b"\x2f\x01\x40\0\0pixels"),
            chunk(b"EXIF", &exif(true, 6)),
            chunk(b"XMP ", PLACE),
            chunk(b"junk", PLACE),
        ];
        let file = |subchunks: &[RiffChunk]| {
            let list = RiffContent::List {
                kind: Some(*b"WEBP"),
                subchunks: subchunks.to_vec(),
            };
            RiffChunk::new(*b"RIFF", list).encoder().bytes()
        };
        let copy = without_traces(file(&subchunks)).unwrap();
        assert!(!holds(&copy, PLACE) && holds(&copy, b"pixels"));
        let again = WebP::from_bytes(copy).unwrap();
        assert_eq!(again.exif().and_then(|exif| orientation(&exif)), Some(6));
        let flags = again.chunk_by_id(CHUNK_VP8X).unwrap().content().data().unwrap()[0];
        assert_eq!(flags, 0b0000_1000, "EXIF alone is announced");

        subchunks.remove(2);
        let copy = without_traces(file(&subchunks)).unwrap();
        assert!(!holds(&copy, PLACE) && holds(&copy, b"pixels") && !holds(&copy, b"EXIF"));
        let flags = WebP::from_bytes(copy)
            .unwrap()
            .chunk_by_id(CHUNK_VP8X)
            .map(|c| c.content().data().unwrap()[0]);
        assert!(flags.is_none_or(|flags| flags == 0));
    }

    #[test]
    fn nonsense_in_exif_is_no_orientation() {
        assert_eq!(orientation(b""), None);
        assert_eq!(orientation(b"MM\0\x2a\xff\xff\xff\xff"), None);
        assert_eq!(orientation(&exif(true, 9)), None);
        assert_eq!(orientation(&exif(true, 0)), None);
        let whole = exif(false, 5);
        for end in 0..whole.len() {
            let _ = orientation(&whole[..end]);
        }
        assert_eq!(orientation(&whole), Some(5));
    }
}

//! What a file is, found from its content alone, and the copy of it that the public may see.
//!
//! Only what people prove things with is let in: photos, documents, sound and video in formats that browsers show
//! without running anything. What a file is called never counts for it, only against it: text that is called a photo is
//! refused, and a photo gets the ending of what it is.

mod photo;

use bytes::Bytes;
use quanyu_domain::refusal::Refusal;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    /// Its media type.
    pub media: &'static str,
    /// Its name, with the ending of what it is.
    pub name: String,
    /// The copy for the public: a photo without what the camera noted. Other formats have none, because what they hold
    /// beside the picture (place, device, author) cannot be taken out with certainty.
    pub public_copy: Option<Bytes>,
}

/// A format that is let in.
struct Format {
    media: &'static str,
    /// The endings that fit; the first is given where the name has none of them.
    endings: &'static [&'static str],
}

const JPEG: Format = Format {
    media: "image/jpeg",
    endings: &["jpg", "jpeg", "jpe"],
};
const PNG: Format = Format {
    media: "image/png",
    endings: &["png"],
};
const WEBP: Format = Format {
    media: "image/webp",
    endings: &["webp"],
};
const GIF: Format = Format {
    media: "image/gif",
    endings: &["gif"],
};
const HEIC: Format = Format {
    media: "image/heic",
    endings: &["heic", "heif"],
};
const PDF: Format = Format {
    media: "application/pdf",
    endings: &["pdf"],
};
const MP4: Format = Format {
    media: "video/mp4",
    endings: &["mp4", "m4v"],
};
const MP3: Format = Format {
    media: "audio/mpeg",
    endings: &["mp3"],
};
const M4A: Format = Format {
    media: "audio/mp4",
    endings: &["m4a"],
};
const WAV: Format = Format {
    media: "audio/wav",
    endings: &["wav"],
};
const DOCX: Format = Format {
    media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    endings: &["docx"],
};
const XLSX: Format = Format {
    media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    endings: &["xlsx"],
};
const TEXT: Format = Format {
    media: "text/plain",
    endings: &["txt", "csv", "md", "log"],
};

/// Longest name, in characters.
const MAX_NAME: usize = 200;
/// Longest ending that is taken for one, in characters.
const MAX_ENDING: usize = 10;

/// Says what a file is.
///
/// # Errors
/// When it is nothing that is let in, a damaged photo, or text under another name.
pub(crate) fn examine(name: &str, bytes: &Bytes) -> Result<Examined, Refusal> {
    let (stem, ending) = parts(name);
    if bytes.is_empty() {
        return Err(Refusal::invalid(
            "empty_file",
            "file",
            "文件是空的，请重新选择",
            "the file is empty: choose another",
        ));
    }
    let format = format_of(bytes).ok_or_else(|| not_allowed(bytes))?;
    if format.media == TEXT.media && !fits(&TEXT, &ending) {
        return Err(Refusal::invalid(
            "not_what_it_is_called",
            "file",
            format!("文件名以 .{ending} 结尾，内容却是文本；请上传真正的照片或文档，文本请用 .txt"),
            format!("the file is called .{ending} but holds text: hand in the real thing, or call a text .txt"),
        ));
    }
    let public_copy = match format.media {
        "image/jpeg" | "image/png" | "image/webp" => Some(photo::without_traces(bytes.clone()).ok_or_else(|| {
            Refusal::invalid(
                "damaged_photo",
                "file",
                "图片已损坏或不是真正的图片，请重新拍摄或导出",
                "the photo is damaged or none at all: take or export it again",
            )
        })?),
        _ => None,
    };
    let name = if fits(&format, &ending) {
        format!("{stem}.{ending}")
    } else {
        format!("{stem}.{}", format.endings[0])
    };
    Ok(Examined {
        media: format.media,
        name,
        public_copy,
    })
}

fn fits(format: &Format, ending: &str) -> bool {
    format.endings.contains(&ending)
}

/// A name without folders, control characters and signs that a file system or a browser reads as something else, in two
/// parts: the stem, and the ending in small letters (empty where there is none).
fn parts(name: &str) -> (String, String) {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks that turn the direction of writing make `gpj.exe` read `exe.jpg`; the rest is what Windows forbids.
    let forbidden = |c: char| {
        c.is_control()
            || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = last.chars().filter(|c| !forbidden(*c)).collect();
    let plain = quanyu_store::value::canonical_text(&plain).unwrap_or_default();
    let plain = plain.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let is_ending = |e: &str| !e.is_empty() && e.len() <= MAX_ENDING && e.chars().all(|c| c.is_ascii_alphanumeric());
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if is_ending(ending) => (stem, ending.to_ascii_lowercase()),
        _ => (plain, String::new()),
    };
    let stem: String = stem.trim_end().chars().take(MAX_NAME - MAX_ENDING - 1).collect();
    (if stem.is_empty() { "file".to_owned() } else { stem }, ending)
}

fn format_of(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"PK\x03\x04") {
        let entries = zip_entries(bytes);
        let holds = |path: &[u8]| entries.contains(&path);
        let office = holds(b"[Content_Types].xml");
        return match (holds(b"word/document.xml"), holds(b"xl/workbook.xml")) {
            (true, false) if office => Some(DOCX),
            (false, true) if office => Some(XLSX),
            _ => None,
        };
    }
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("image/jpeg") => Some(JPEG),
        Some("image/png") => Some(PNG),
        Some("image/webp") => Some(WEBP),
        Some("image/gif") => Some(GIF),
        Some("image/heif") => Some(HEIC),
        Some("application/pdf") => Some(PDF),
        Some("video/mp4" | "video/x-m4v") => Some(MP4),
        Some("audio/mpeg") => Some(MP3),
        Some("audio/m4a") => Some(M4A),
        Some("audio/x-wav") => Some(WAV),
        // Some formats are told by two letters with which a text may begin as well.
        _ => is_plain_text(bytes).then_some(TEXT),
    }
}

/// Text that nothing would run or render: UTF-8 without control characters, markup or a script's first line.
fn is_plain_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    !begins.starts_with('<')
        && !begins.starts_with("#!")
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

/// The paths that the directory at the end of a ZIP file names, each entry of it after `PK\1\2` (APPNOTE 4.3.12).
fn zip_entries(bytes: &[u8]) -> Vec<&[u8]> {
    const HEADER: usize = 46;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes[at..].windows(4).position(|four| four == b"PK\x01\x02") {
        let entry = &bytes[at + next..];
        at += next + 4;
        let Some(length) = entry.get(28..30) else { break };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        found.extend(entry.get(HEADER..HEADER + length));
    }
    found
}

fn not_allowed(bytes: &[u8]) -> Refusal {
    let found = infer::get(bytes).map_or("unknown", |found| found.mime_type());
    Refusal::invalid(
        "file_type_not_allowed",
        "file",
        format!(
            "不接受此类文件（{found}）；请上传照片（jpg、png、webp、heic、gif）、pdf、docx、xlsx、mp4、mp3、m4a、wav 或纯文本（UTF-8）"
        ),
        format!(
            "this kind of file ({found}) is not let in: hand in a photo (jpg, png, webp, heic, gif), pdf, docx, xlsx, mp4, \
             mp3, m4a, wav or plain text (UTF-8)"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, bytes: &[u8]) -> Result<(&'static str, String), &'static str> {
        examine(name, &Bytes::copy_from_slice(bytes))
            .map(|e| (e.media, e.name))
            .map_err(|refusal| refusal.code)
    }

    /// A ZIP of empty entries as office programs write them: local headers, then the directory.
    fn zip(paths: &[&str]) -> Vec<u8> {
        let (mut file, mut directory) = (Vec::new(), Vec::new());
        for path in paths {
            let length = u16::try_from(path.len()).unwrap().to_le_bytes();
            let offset = u32::try_from(file.len()).unwrap().to_le_bytes();
            file.extend([b"PK\x03\x04".as_slice(), &[0; 22], &length, &[0; 2], path.as_bytes()].concat());
            directory.extend(
                [
                    b"PK\x01\x02".as_slice(),
                    &[0; 24],
                    &length,
                    &[0; 12],
                    &offset,
                    path.as_bytes(),
                ]
                .concat(),
            );
        }
        [file, directory, b"PK\x05\x06".to_vec(), vec![0; 18]].concat()
    }

    #[test]
    fn content_says_what_a_file_is() {
        assert_eq!(look("a.pdf", b"%PDF-1.7 x"), Ok(("application/pdf", "a.pdf".into())));
        assert_eq!(look("a.PDF", b"%PDF-1.7 x"), Ok(("application/pdf", "a.pdf".into())));
        assert_eq!(
            look("录音", b"ID3\x04\0\0\0\0\0\0"),
            Ok(("audio/mpeg", "录音.mp3".into()))
        );
        assert_eq!(
            look("v.exe", b"\0\0\0\x18ftypmp42\0\0\0\0"),
            Ok(("video/mp4", "v.mp4".into()))
        );
        assert_eq!(
            look("v", b"\0\0\0\x18ftypM4A \0\0\0\0"),
            Ok(("audio/mp4", "v.m4a".into()))
        );
        assert_eq!(
            look("v.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            Ok(("image/heic", "v.heic".into()))
        );
        assert_eq!(
            look("v.wav", b"RIFF\x24\0\0\0WAVEfmt "),
            Ok(("audio/wav", "v.wav".into()))
        );
        assert_eq!(look("g.gif", b"GIF89a\x01\0\x01\0"), Ok(("image/gif", "g.gif".into())));
        assert_eq!(
            look("notes.md", b"BM25 is a ranking"),
            Ok(("text/plain", "notes.md".into()))
        );
        assert_eq!(
            look("说明.TXT", "路面塌陷\r\n".as_bytes()),
            Ok(("text/plain", "说明.txt".into()))
        );
        let docx = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
        assert_eq!(look("报告.docx", &docx).unwrap().0, DOCX.media);
        assert_eq!(
            look("报告.bin", &zip(&["xl/workbook.xml", "[Content_Types].xml"]))
                .unwrap()
                .1,
            "报告.xlsx"
        );
    }

    #[test]
    fn what_runs_or_renders_stays_out() {
        for disguised in [
            b"<script>alert(1)</script>".as_slice(),
            b"  <svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
            b"\xef\xbb\xbf<!DOCTYPE html><p>",
            b"<?xml version='1.0'?><a/>",
            b"#!/bin/sh\nrm -rf /\n",
            b"MZ\x90\0\x03\0\0\0",
            b"\x7fELF\x02\x01\x01\0",
            b"\0\x01\x02\x03",
            b"text with \x1b[31m colour",
            &zip(&["evil.js"]),
            &zip(&["word/document.xml"]),
        ] {
            for name in ["photo.jpg", "notes.txt", "noending"] {
                assert_eq!(
                    look(name, disguised),
                    Err("file_type_not_allowed"),
                    "{disguised:?} as {name}"
                );
            }
        }
        assert_eq!(
            look("photo.jpg", b"alert(document.cookie)"),
            Err("not_what_it_is_called")
        );
        assert_eq!(look("report", b"plain"), Err("not_what_it_is_called"));
        assert_eq!(
            look("photo.jpg", b"\xff\xd8\xff<script>alert(1)</script>"),
            Err("damaged_photo")
        );
        assert_eq!(look("photo.png", b"\x89PNG\r\n\x1a\n<html>"), Err("damaged_photo"));
        assert_eq!(look("photo.jpg", b""), Err("empty_file"));
    }

    #[test]
    fn names_lose_what_is_not_a_name() {
        let named = |name: &str| look(name, b"%PDF-1").unwrap().1;
        assert_eq!(named("../../etc/passwd"), "passwd.pdf");
        assert_eq!(named("C:\\Users\\x\\合同.pdf"), "合同.pdf");
        assert_eq!(named("a\0b\r\n\"c\u{202e}fdp.pdf"), "abcfdp.pdf");
        assert_eq!(named(".."), "file.pdf");
        assert_eq!(named(""), "file.pdf");
        assert_eq!(named(".pdf"), "pdf.pdf");
        assert_eq!(named("a.tar.gz"), "a.tar.pdf");
        assert_eq!(named("第1.2节 说明"), "第1.2节 说明.pdf");
        let long = named(&format!("{}.pdf", "长".repeat(500)));
        assert!(long.chars().count() <= MAX_NAME && long.ends_with("长.pdf"), "{long}");
    }
}

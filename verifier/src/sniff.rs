//! What the bytes are, before anything is parsed.
//!
//! The commonest mistake is to give the wrong file. Each kind of wrong file gets one message that
//! says what it is; a parser's "bad magic number" would not help. The section headers are walked
//! here as well, because a file that was cut off should be called that and not be blamed on the
//! compiler.

use crate::diag::{Code, Diagnostic};

const MAGIC: &[u8] = b"\0asm";
const IMAGE_MAGIC: &[u8] = b"\0cvi";

/// What is wrong with the file as a whole; `None` if it looks like a core module of version 1.
pub(crate) fn wrong_file(bytes: &[u8]) -> Option<Diagnostic> {
    if bytes.is_empty() {
        return Some(Diagnostic::new(Code::EmptyFile, "the file has no bytes"));
    }
    if bytes.starts_with(IMAGE_MAGIC) {
        return Some(Diagnostic::new(
            Code::CervusImage,
            "this is a Cervus image (.cvi), which is made from a verified module",
        ));
    }
    if bytes.len() < 8 && (MAGIC.starts_with(bytes) || bytes.starts_with(MAGIC)) {
        return Some(Diagnostic::new(
            Code::Truncated,
            format!("the header of a wasm module has 8 bytes, the file has only {}", bytes.len()),
        ));
    }
    if !bytes.starts_with(MAGIC) {
        return Some(other_format(bytes));
    }
    let version = u16::from_le_bytes([bytes[4], bytes[5]]);
    let layer = u16::from_le_bytes([bytes[6], bytes[7]]);
    match (version, layer) {
        (1, 0) => walk_sections(bytes),
        (_, 1) => {
            Some(Diagnostic::new(Code::Component, "this is a component of the component model, not a core module"))
        }
        _ => Some(
            Diagnostic::new(
                Code::UnknownVersion,
                format!(
                    "the header says version {}, only version 1 is known",
                    u32::from(version) | u32::from(layer) << 16
                ),
            )
            .at(4),
        ),
    }
}

fn other_format(bytes: &[u8]) -> Diagnostic {
    // Object files and executables, then packed files, by their magic numbers.
    const FOREIGN: &[(&[u8], &str)] = &[
        (b"\x7fELF", "an ELF file (a Linux program, library or object file)"),
        (b"MZ", "a Windows program or library"),
        (b"\xcf\xfa\xed\xfe", "a Mach-O file (a macOS program, library or object file)"),
        (b"\xca\xfe\xba\xbe", "a universal Mach-O file or a Java class"),
        (b"!<arch>\n", "an archive of object files (a static library)"),
        (b"BC\xc0\xde", "LLVM bitcode"),
    ];
    const PACKED: &[(&[u8], &str)] = &[
        (b"\x1f\x8b", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
    ];
    for (magic, what) in FOREIGN {
        if bytes.starts_with(magic) {
            return Diagnostic::new(Code::ForeignBinary, format!("this is {what}"));
        }
    }
    for (magic, what) in PACKED {
        if bytes.starts_with(magic) {
            return Diagnostic::new(Code::Compressed, format!("the file is compressed with {what}"));
        }
    }
    match leading_text(bytes) {
        Some(text) => {
            let text = text.trim_start_matches('\u{feff}').trim_start();
            let head = text.get(..14).unwrap_or(text).to_ascii_lowercase();
            if head.starts_with("<!doctype html") || head.starts_with("<html") {
                Diagnostic::new(Code::WebPage, "this is an HTML page")
            } else if text.starts_with("(module") || text.starts_with("(;") || text.starts_with(";;") {
                Diagnostic::new(Code::WasmText, "this is a module in the wasm text format")
            } else {
                Diagnostic::new(Code::TextFile, "this is a text file")
            }
        }
        None => {
            let head: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
            Diagnostic::new(Code::NotWasm, format!("the file begins with {}, which is no known format", head.join(" ")))
        }
    }
}

/// The first kilobyte as text, if it is text.
fn leading_text(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut by the end of the window is no reason to call the file binary.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c');
    (!text.is_empty() && text.chars().all(is_text)).then_some(text)
}

/// Walks the section headers and finds out whether the file ends inside a section.
fn walk_sections(bytes: &[u8]) -> Option<Diagnostic> {
    let mut at = 8_usize;
    while let Some(&id) = bytes.get(at) {
        let start = at;
        let Some((byte_len, header_len)) = leb_u32(bytes.get(at + 1..).unwrap_or(&[])) else {
            // Either cut off inside the number or not a number; the latter is the parser's to say.
            if bytes.len() - at <= 5 {
                return Some(
                    Diagnostic::new(
                        Code::Truncated,
                        format!("the file ends inside the header of the {} section", section_name(id)),
                    )
                    .at(start as u64),
                );
            }
            return None;
        };
        let body = at + 1 + header_len;
        let left = bytes.len() - body;
        if byte_len > left {
            return Some(
                Diagnostic::new(
                    Code::Truncated,
                    format!(
                        "the {} section should have {byte_len} bytes, the file has only {left} more",
                        section_name(id)
                    ),
                )
                .at(start as u64),
            );
        }
        at = body + byte_len;
    }
    None
}

/// An unsigned LEB128 number of at most 32 bits, and how many bytes it took.
fn leb_u32(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(u32::try_from(value).ok()?).ok()?, at + 1));
        }
    }
    None
}

fn section_name(id: u8) -> &'static str {
    match id {
        0 => "custom",
        1 => "type",
        2 => "import",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        8 => "start",
        9 => "element",
        10 => "code",
        11 => "data",
        12 => "data count",
        13 => "tag",
        _ => "unknown",
    }
}

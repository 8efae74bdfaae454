//! The checker's errors in words.
//!
//! The checker answers with numbers only: its code in the kernel should be small. What they mean for a person is
//! worked out here, from the image's own diagnostic sections.

use crate::{error::OUR_FAULT, host::Capabilities, launch, names};
use kengine::{
    check::{CheckError, Code},
    image::{FormatError, Image, KIND_FUNC, NO_INDEX},
};

/// Why the checker refuses an image.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text} [{}]", .code.name())]
pub(crate) struct ImageError {
    code: Code,
    expected: u64,
    text: String,
    place: Option<String>,
    /// The image was just made from a module that the verifier accepted.
    is_ours: bool,
    /// Pages at the start that the kernel module takes, if the error is its.
    kernel_pages: Option<u32>,
}

impl ImageError {
    /// Explains an error of the checker about these bytes.
    pub(crate) fn new(bytes: &[u8], error: CheckError, is_ours: bool) -> Self {
        let image = Image::parse(bytes).ok();
        let text = match &image {
            Some(image) => text(image, error),
            None => frame_text(bytes, error),
        };
        let place = image.and_then(|image| place(&image, error));
        let expected = error.expected;
        ImageError { code: error.code, expected, text, place, is_ours, kernel_pages: None }
    }

    /// Explains why these bytes are no image.
    pub(crate) fn of_frame(bytes: &[u8], error: FormatError) -> Self {
        Self::new(bytes, error.into(), false)
    }

    /// The error is the kernel module's, which takes at most this many pages of memory at the start.
    pub(crate) fn in_kernel(self, max_pages: u32) -> Self {
        ImageError { kernel_pages: Some(max_pages), ..self }
    }

    /// Lines after the first, each ended.
    pub(crate) fn details(&self) -> String {
        self.place.as_ref().map_or_else(String::new, |place| format!("  {place}\n"))
    }

    /// What would help.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self.code {
            Code::Version | Code::TableHash => {
                "rebuild the image with this cervus: `cervus dump FILE.wasm --image OUT.cvi`"
            }
            Code::Truncated | Code::Length | Code::Gap => "the file was probably cut off or damaged: build it again",
            // The module's own limit is at work, not the user's.
            Code::MemoryPages if self.kernel_pages.map(u64::from) == Some(self.expected) => {
                "raise the limit of the kernel module, `echo PAGES > /sys/module/cervus/parameters/max_pages`, or use \
                 --engine embedded"
            }
            Code::MemoryPages => "raise --max-pages",
            Code::Denied => "grant it with --allow",
            Code::ImportUnknown | Code::ImportSig | Code::ImportCost | Code::ImportCaps
                if self.kernel_pages.is_some() =>
            {
                "the kernel module has other host functions than this cervus: build both from the same sources, or use \
                 --engine embedded"
            }
            Code::ImportUnknown | Code::ImportSig | Code::ImportCost | Code::ImportCaps => {
                "the image was made for another host: rebuild it from the module"
            }
            _ if self.is_ours => OUR_FAULT,
            _ => "the image was damaged, or written by something else than this cervus: build it again",
        };
        Some(hint.to_owned())
    }
}

/// Errors of the frame: the header cannot be trusted, so the bytes are looked at.
fn frame_text(bytes: &[u8], error: CheckError) -> String {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    match error.code {
        Code::Version => format!(
            "the image has version {} of the format, this cervus reads version {}",
            word(4).unwrap_or(0),
            kengine::isa::VERSION
        ),
        Code::TableHash => "the image was built by another version of cervus".to_owned(),
        Code::Truncated => format!("the image is cut off after {} bytes", bytes.len()),
        code => format!("damaged image: {}, at byte {}", code.text(), error.got),
    }
}

fn text(image: &Image<'_>, error: CheckError) -> String {
    let CheckError { code, pc, expected, got, .. } = error;
    let import = || launch::import_name(image, pc);
    match code {
        Code::ImportUnknown => format!("the host has no function {}", import()),
        Code::ImportSig => format!("the host has {} with another signature", import()),
        Code::ImportCost | Code::ImportCaps => format!("{} is not what this host declares", import()),
        Code::Denied => {
            // The bits that are wanted and not granted stand in one of the two numbers, by the checker's taste.
            let needed = Capabilities::from_bits_truncate(got & !expected);
            let names: Vec<String> = needed.own_names().map(|name| format!("`{name}`")).collect();
            match names.as_slice() {
                [] => format!("{} needs a capability that is not granted", import()),
                names => format!("{} needs {}, which is not granted", import(), names.join(" and ")),
            }
        }
        Code::MemoryPages => format!("the program starts with {got} pages of memory, {expected} are allowed"),
        Code::NoMem => "there is no memory for the program".to_owned(),
        _ => {
            let numbers = match (expected, got) {
                (0, 0) => String::new(),
                (0, got) => format!(": {got}"),
                (expected, got) => format!(": expected {expected}, got {got}"),
            };
            format!("the checker refuses the image: {}{numbers}", code.text())
        }
    }
}

/// Where in the code it is.
fn place(image: &Image<'_>, error: CheckError) -> Option<String> {
    if error.func == NO_INDEX {
        return None;
    }
    let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count();
    let index = u32::try_from(imported).ok()?.checked_add(error.func)?;
    let mut text = format!("in function {index}");
    if let Some(name) = names::of_function(image, index) {
        text.push_str(&format!(" `{name}`"));
    }
    if error.pc != NO_INDEX {
        text.push_str(&format!(", word {}", error.pc));
        let word = image.funcs().get(error.func).and_then(|func| func.code.checked_add(error.pc));
        if let Some(offset) = word.and_then(|word| image.wasm_offset(word)) {
            text.push_str(&format!(", wasm offset {offset:#x}"));
        }
    }
    Some(text)
}

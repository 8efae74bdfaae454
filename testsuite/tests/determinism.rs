//! The same module gives the same image, bit for bit, and the text of an image gives it back.

use kengine::text;
use testsuite::{pipeline, programs::modules};

#[test]
fn lowering_twice_gives_the_same_image() {
    for (name, wasm) in modules() {
        let image = || pipeline::image(&wasm).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(image() == image(), "{name}: two images");
    }
}

#[test]
fn text_gives_the_image_back() {
    for (name, wasm) in modules() {
        let bytes = pipeline::image(&wasm).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let text = text::print(&bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let back = text::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(back == bytes, "{name}: another image");
    }
}

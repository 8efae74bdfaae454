//! `--help` of every subcommand, as snapshots.

use crate::cervus;

#[test]
fn help() {
    for args in [
        &[][..],
        &["verify"],
        &["load"],
        &["run"],
        &["dump"],
        &["cfg"],
        &["bench"],
        &["bench", "run"],
        &["bench", "compile"],
        &["explain"],
        &["ps"],
        &["info"],
        &["logs"],
        &["stop"],
        &["unload"],
        &["pin"],
        &["unpin"],
        &["top"],
        &["doctor"],
    ] {
        let name = [&["help"], args].concat().join("_");
        let text = cervus(args.iter().copied().chain(["--help"])).ok();
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn version() {
    assert_eq!(cervus(["--version"]).ok(), format!("cervus {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn no_arguments_show_the_help() {
    let ran = cervus::<&str>([]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("Usage: cervus"), "{ran:?}");
}

//! The kernel's style checker over what runs in the kernel. The programs under `kmod/tests` have the C library's types.

use super::{Kernel, Result, cache, made, on_path, output, root};
use std::{fs, path::PathBuf, process::Command};

/// `AVOID_BUG`: a panic of the Rust half must not be survived by the task that it happened in, see `cervus_bug`.
const IGNORE: &str = "AVOID_BUG";

/// Runs `checkpatch.pl --strict` over the module's sources; says so if it cannot.
///
/// # Errors
/// It complains; the error holds what it says.
pub(super) fn check(kernel: &Kernel) -> Result<()> {
    let script = match script(kernel) {
        Some(script) if on_path("perl") => script,
        Some(_) => return skip("perl is missing: apt-get install perl"),
        None => return skip("no checkpatch.pl: apt-get install linux-source-6.1"),
    };
    let folder = root().join("kmod");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.filter_map(|e| Some(e.ok()?.path())).filter(|p| is_c(p)).collect();
    files.push(folder.join("tests/canary.c"));
    files.sort();
    let mut perl = Command::new("perl");
    perl.arg(script).args(["--strict", "--no-tree", "--no-summary", "--terse", "--ignore", IGNORE, "-f"]).args(files);
    output(&mut perl).map(drop).map_err(|error| format!("checkpatch complains:\n{error}").into())
}

fn is_c(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|e| e == "c" || e == "h")
}

fn skip(why: &str) -> Result<()> {
    println!("skipped: the style of the C half; {why}");
    Ok(())
}

/// The checker, from the headers, the source that a kernel was built from, or the source's package.
fn script(kernel: &Kernel) -> Option<PathBuf> {
    const NAME: &str = "scripts/checkpatch.pl";
    let beside = kernel.kdir.join("source").join(NAME);
    [kernel.kdir.join(NAME), beside]
        .into_iter()
        .find(|path| path.is_file())
        .or_else(|| made::script(&cache().ok()?, NAME))
}

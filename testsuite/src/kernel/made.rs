//! Kernels built here from Debian's `linux-source-6.1`: user-mode Linux and a debug kernel for x86.
//!
//! They lie in the cache, one folder each beside the unpacked source. A configuration is `allnoconfig` and a few
//! fragments, so that only what the tests need is compiled; a kernel is built anew when its fragments change.

use super::{Kernel, Result, cache, need, output};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a kernel is made of.
struct Recipe {
    name: &'static str,
    /// `ARCH` of the kernel's build.
    arch: &'static str,
    /// What to build.
    goal: &'static str,
    /// The image, in the folder of the build.
    image: &'static str,
    fragments: &'static [&'static str],
}

const COMMON: &str = include_str!("configs/common.config");
const SANITIZERS: &str = include_str!("configs/sanitizers.config");
const UML: &str = include_str!("configs/uml.config");
const DEBUG: &str = include_str!("configs/debug.config");

const RECIPES: [Recipe; 3] = [
    Recipe { name: "uml", arch: "um", goal: "linux", image: "linux", fragments: &[COMMON, SANITIZERS, UML] },
    Recipe { name: "uml-fast", arch: "um", goal: "linux", image: "linux", fragments: &[COMMON, UML] },
    Recipe {
        name: "debug",
        arch: "x86_64",
        goal: "bzImage",
        image: "arch/x86/boot/bzImage",
        fragments: &[COMMON, SANITIZERS, DEBUG],
    },
];

/// Folder of the source in the cache, and what Debian's tarball calls it.
const SOURCE: &str = "linux-source-6.1";
/// Where the package `linux-source-6.1` puts its tarball.
const TARBALL: &str = "/usr/src/linux-source-6.1.tar.xz";
/// Debian packages that the build needs, and a file that shows that each is there.
const PACKAGES: [(&str, &str); 8] = [
    ("make", "/usr/bin/make"),
    ("gcc", "/usr/bin/gcc"),
    ("flex", "/usr/bin/flex"),
    ("bison", "/usr/bin/bison"),
    ("bc", "/usr/bin/bc"),
    ("xz-utils", "/usr/bin/xz"),
    ("libelf-dev", "/usr/include/libelf.h"),
    ("libssl-dev", "/usr/include/openssl/ssl.h"),
];

/// Builds a kernel, unless it is there, and says where.
///
/// # Errors
/// There is no recipe of that name, a package is missing, or a step of the build fails.
pub fn make(name: &str, tarball: Option<&Path>) -> Result<Kernel> {
    let recipe = recipe(name)?;
    let missing: Vec<&str> = PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(p, _)| *p).collect();
    if !missing.is_empty() {
        return Err(format!("packages are missing: apt-get install {}", missing.join(" ")).into());
    }
    let cache = cache()?;
    fs::create_dir_all(&cache)?;
    // One build at a time, whoever starts it.
    let lock = fs::File::create(cache.join("lock"))?;
    lock.lock()?;
    let source = unpacked(&cache, tarball)?;
    let folder = cache.join(name);
    if !is_current(recipe, &folder) {
        build(recipe, &source, &folder)?;
    }
    made(name)
}

/// A kernel that has been built.
///
/// # Errors
/// It has not, or with another configuration.
pub(super) fn made(name: &str) -> Result<Kernel> {
    let recipe = recipe(name)?;
    let folder = cache()?.join(name);
    if !is_current(recipe, &folder) {
        return Err(
            format!("{name} has not been built, or its configuration has changed: cargo xtask kernels {name}").into()
        );
    }
    let mut kernel = Kernel::at(&folder)?;
    kernel.image = Some(folder.join(recipe.image));
    kernel.name = name.to_owned();
    Ok(kernel)
}

fn recipe(name: &str) -> Result<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name).ok_or_else(|| {
        let names: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
        format!("{name} is not built here (these are: {})", names.join(", ")).into()
    })
}

/// The file that says with which fragments a kernel was built; written last.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("cervus.built")
}

fn is_current(recipe: &Recipe, folder: &Path) -> bool {
    fs::read_to_string(stamp(folder)).is_ok_and(|built| built == recipe.fragments.concat())
        && folder.join(recipe.image).is_file()
}

/// The source; unpacked into the cache if it is not there.
pub(super) fn unpacked(cache: &Path, tarball: Option<&Path>) -> Result<PathBuf> {
    let source = cache.join("src").join(SOURCE);
    if source.join("Makefile").is_file() {
        return Ok(source);
    }
    let tarball = tarball.unwrap_or(Path::new(TARBALL));
    if !tarball.is_file() {
        return Err(
            format!("no source of the kernel: apt-get install {SOURCE}, or name a tarball with --source").into()
        );
    }
    println!("unpacking {}", tarball.display());
    // Unpacked aside, so that what has the name is whole.
    let aside = cache.join("src/unpacking");
    let _ = fs::remove_dir_all(&aside);
    fs::create_dir_all(&aside)?;
    output(Command::new("tar").arg("-xf").arg(tarball).args(["--strip-components=1", "-C"]).arg(&aside))?;
    fs::rename(&aside, &source)?;
    Ok(source)
}

fn build(recipe: &Recipe, source: &Path, folder: &Path) -> Result<()> {
    need(&[("make", "make")])?;
    fs::create_dir_all(folder)?;
    let _ = fs::remove_file(stamp(folder));
    let text = recipe.fragments.concat();
    let fragment = folder.join("fragment.config");
    fs::write(&fragment, &text)?;
    let make = || {
        let mut make = Command::new("nice");
        make.args(["-n", "10", "make", "-C"]).arg(source).arg(format!("O={}", folder.display()));
        make.arg(format!("ARCH={}", recipe.arch));
        make
    };
    output(make().arg(format!("KCONFIG_ALLCONFIG={}", fragment.display())).arg("allnoconfig"))?;
    // What depends on something that is missing falls out of the configuration without a word.
    let config = fs::read_to_string(folder.join(".config"))?;
    let lost: Vec<&str> =
        text.lines().filter(|line| line.starts_with("CONFIG_") && config.lines().all(|there| there != *line)).collect();
    if !lost.is_empty() {
        return Err(format!("{}: the configuration lost {}", recipe.name, lost.join(" ")).into());
    }
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    println!("building the kernel {} in {} (5 to 15 minutes on two cores)", recipe.name, folder.display());
    // `modules` builds none, but writes the list of exported symbols.
    output(make().arg(format!("-j{jobs}")).args(["--silent", recipe.goal, "modules"]))?;
    fs::write(stamp(folder), text)?;
    Ok(())
}

/// A script of the kernel's source: of the unpacked one, or alone out of the package.
pub(super) fn script(cache: &Path, name: &str) -> Option<PathBuf> {
    let unpacked = cache.join("src").join(SOURCE).join(name);
    if unpacked.is_file() {
        return Some(unpacked);
    }
    // With what it reads beside it.
    let folder = cache.join("scripts");
    let script = folder.join(name);
    if !script.is_file() && Path::new(TARBALL).is_file() {
        fs::create_dir_all(&folder).ok()?;
        let names = [name, "scripts/spelling.txt", "scripts/const_structs.checkpatch"];
        let names = names.map(|name| format!("{SOURCE}/{name}"));
        let mut tar = Command::new("tar");
        tar.args(["-xf", TARBALL, "--strip-components=1", "-C"]).arg(&folder).args(names);
        output(&mut tar).ok()?;
    }
    script.is_file().then_some(script)
}

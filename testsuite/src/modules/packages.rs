//! Packages of npm that hold modules of some size, by version, and fetching them.
//!
//! Modules of different origin: Go, Rust, C, C++ by Emscripten; compilers, databases, codecs, fonts.
//! Versions are pinned so that figures can be compared; to add one, add a line.

use super::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A package and the modules in it.
#[derive(Debug)]
pub struct Package {
    name: &'static str,
    version: &'static str,
    /// Paths in the package.
    files: &'static [&'static str],
}

const fn package(name: &'static str, version: &'static str, files: &'static [&'static str]) -> Package {
    Package { name, version, files }
}

#[rustfmt::skip]
const PACKAGES: &[Package] = &[
    package("@rollup/wasm-node", "4.68.4", &["dist/wasm-node/bindings_wasm_bg.wasm"]),
    package("sql.js", "1.16.0", &["dist/sql-wasm.wasm"]),
    package("tiktoken", "1.0.22", &["tiktoken_bg.wasm", "lite/tiktoken_bg.wasm"]),
    package("@resvg/resvg-wasm", "2.6.2", &["index_bg.wasm"]),
    package("@embedpdf/pdfium", "2.15.1", &["dist/pdfium.wasm"]),
    package("@astrojs/compiler", "4.0.0", &["dist/astro.wasm"]),
    package("canvaskit-wasm", "0.42.0", &["bin/canvaskit.wasm"]),
    package("@electric-sql/pglite", "0.5.16", &["dist/initdb.wasm", "dist/pglite.wasm"]),
    package("pyodide", "314.0.7", &["pyodide.asm.wasm"]),
    package("mupdf", "1.28.1", &["dist/mupdf-wasm.wasm"]),
    package("esbuild-wasm", "0.28.2", &["esbuild.wasm"]),
    package("lightningcss-wasm", "1.33.0", &["lightningcss_node.wasm"]),
    package("@swc/wasm", "1.16.18", &["wasm_bg.wasm"]),
    package("@myriaddreamin/typst-ts-web-compiler", "0.7.0", &["pkg/typst_ts_web_compiler_bg.wasm"]),
    package("@ffmpeg/core", "0.12.10", &["dist/esm/ffmpeg-core.wasm"]),
    package("z3-solver", "5.2.0", &["build/z3-built.wasm"]),
    package("@biomejs/wasm-web", "2.4.15", &["biome_wasm_bg.wasm"]),
    package("@duckdb/duckdb-wasm", "1.32.0", &["dist/duckdb-mvp.wasm", "dist/duckdb-eh.wasm"]),
    package("opencascade.js", "1.1.4", &["dist/opencascade.wasm.wasm"]),
];

/// A module on this machine.
#[derive(Debug)]
pub struct Fetched {
    /// Package, version and path, for people.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The packages.
#[derive(Debug)]
pub struct Packages(&'static [Package]);

impl Default for Packages {
    fn default() -> Self {
        Packages(PACKAGES)
    }
}

impl Packages {
    /// Those whose name contains one of `filters`, or all.
    pub fn matching(&self, filters: &[String]) -> impl Iterator<Item = &'static Package> + use<> {
        let filters = filters.to_vec();
        self.0.iter().filter(move |p| filters.is_empty() || filters.iter().any(|f| p.name.contains(f.as_str())))
    }

    /// The modules that are on this machine already.
    pub fn present(&self) -> impl Iterator<Item = Fetched> + use<> {
        self.0.iter().flat_map(|p| p.modules(&cache())).filter(|module| module.path.is_file())
    }
}

impl Package {
    /// Fetches the package unless it is there, and gives its modules.
    ///
    /// # Errors
    /// `npm` or `tar` is missing or fails, or the package does not hold the module.
    pub fn fetch(&self) -> Result<Vec<Fetched>> {
        let cache = cache();
        let modules = self.modules(&cache);
        if !modules.iter().all(|module| module.path.is_file()) {
            let dir = self.dir(&cache);
            std::fs::create_dir_all(&dir)?;
            let spec = format!("{}@{}", self.name, self.version);
            let file = output(Command::new("npm").args(["pack", "--silent", &spec]).current_dir(&dir))?;
            let file = file.lines().last().unwrap_or("").trim();
            let members = self.files.iter().map(|file| format!("package/{file}"));
            output(Command::new("tar").args(["xzf", file]).args(members).current_dir(&dir))?;
            std::fs::remove_file(dir.join(file))?;
        }
        Ok(modules)
    }

    fn dir(&self, cache: &Path) -> PathBuf {
        cache.join(format!("{}-{}", self.name.replace('/', "-"), self.version))
    }

    fn modules(&self, cache: &Path) -> Vec<Fetched> {
        let dir = self.dir(cache).join("package");
        let short = |file: &str| file.rsplit('/').next().map_or(String::new(), str::to_string);
        let name = |file| format!("{} {} {}", self.name, self.version, short(file));
        self.files.iter().map(|file| Fetched { name: name(file), path: dir.join(file) }).collect()
    }
}

/// `npm` in the directory that this program was built into.
fn cache() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    // target/release/modules, or target/release/deps/check-…
    let release = exe.ancestors().skip(1).find(|dir| !dir.ends_with("deps"));
    release.and_then(Path::parent).unwrap_or(Path::new("target")).join("npm")
}

fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{program}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

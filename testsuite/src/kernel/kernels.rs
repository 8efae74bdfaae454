//! Kernels to build for and to boot.

use super::Result;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Names that `--kernel` takes.
pub const NAMES: [&str; 1] = ["bookworm"];

/// A kernel: the headers to build against and the image to boot.
#[derive(Debug)]
pub struct Kernel {
    /// Its headers.
    pub kdir: PathBuf,
    /// What `uname -r` says there.
    pub release: String,
    /// Its image, if it is installed.
    pub image: Option<PathBuf>,
}

impl Kernel {
    /// Debian's stock cloud kernel of a suite, as its packages have installed it; the newest if there are several.
    ///
    /// # Errors
    /// It is not installed; the error says what to install.
    pub fn named(name: &str) -> Result<Kernel> {
        if name != "bookworm" {
            return Err(format!("no such kernel: {name} (there is: {})", NAMES.join(", ")).into());
        }
        let mut found: Vec<_> = fs::read_dir("/usr/src")?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with("linux-headers-6.1.") && name.ends_with("-cloud-amd64"))
            .collect();
        found
            .sort_by_key(|name| name.split(['.', '-']).filter_map(|part| part.parse::<u32>().ok()).collect::<Vec<_>>());
        let newest = found
            .last()
            .ok_or("the kernel is not installed: apt-get install linux-image-cloud-amd64 linux-headers-cloud-amd64")?;
        Kernel::at(&Path::new("/usr/src").join(newest))
    }

    /// The kernel that runs here.
    ///
    /// # Errors
    /// Its headers are not installed.
    pub fn running() -> Result<Kernel> {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        Kernel::at(&Path::new("/lib/modules").join(release.trim()).join("build"))
    }

    /// The kernel whose headers are in a folder.
    ///
    /// # Errors
    /// There are none, or they have not been configured.
    pub fn at(kdir: &Path) -> Result<Kernel> {
        // `kernel.release` beside it has what the source called itself before the distribution named it.
        let file = kdir.join("include/generated/utsrelease.h");
        let text = fs::read_to_string(&file).map_err(|_| {
            format!("{}: no configured kernel headers (apt-get install linux-headers-amd64?)", kdir.display())
        })?;
        let release = text.split('"').nth(1).ok_or("utsrelease.h names no release")?.to_owned();
        let image = PathBuf::from(format!("/boot/vmlinuz-{release}"));
        Ok(Kernel { kdir: kdir.to_owned(), image: image.is_file().then_some(image), release })
    }

    /// Whether the kernel was configured with an option.
    pub(super) fn has(&self, option: &str) -> Result<bool> {
        let config = fs::read_to_string(self.kdir.join("include/config/auto.conf"))?;
        Ok(config.lines().any(|line| line.strip_prefix(option).is_some_and(|rest| rest == "=y")))
    }
}

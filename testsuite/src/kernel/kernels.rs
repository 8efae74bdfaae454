//! Kernels to build for and to boot.

use super::{Result, made, need, output, target};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Names that `--kernel` takes.
pub const NAMES: [&str; 5] = ["bookworm", "newer", "uml", "uml-fast", "debug"];

/// A kernel: the headers to build against and the image to boot.
#[derive(Debug)]
pub struct Kernel {
    /// What it is called here: one of [`NAMES`], or its release.
    pub name: String,
    /// Its headers.
    pub kdir: PathBuf,
    /// What `uname -r` says there.
    pub release: String,
    /// Its image, if it is installed.
    pub image: Option<PathBuf>,
}

impl Kernel {
    /// One of Debian's stock cloud kernels: `bookworm`, as its packages have installed it, the newest if there are
    /// several, or `newer`, that of bookworm-backports, fetched once into the target directory; or one of those that
    /// [`super::make()`] builds.
    ///
    /// # Errors
    /// It is not installed, cannot be fetched or has not been built; the error says what to do.
    pub fn named(name: &str) -> Result<Kernel> {
        let kernel = match name {
            "bookworm" => Kernel::installed()?,
            "newer" => Kernel::fetched("bookworm-backports")?,
            _ if NAMES.contains(&name) => made::made(name)?,
            _ => return Err(format!("no such kernel: {name} (there are: {})", NAMES.join(", ")).into()),
        };
        Ok(Kernel { name: name.to_owned(), ..kernel })
    }

    fn installed() -> Result<Kernel> {
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

    /// The kernel of a Debian suite, unpacked into the target directory by an apt configuration of its own: the
    /// machine is left as it is.
    fn fetched(suite: &str) -> Result<Kernel> {
        let folder = target().join(suite);
        let root = folder.join("root");
        if !folder.join("complete").is_file() {
            need(&[("apt-get", "apt"), ("dpkg", "dpkg")])?;
            let _ = fs::remove_dir_all(&folder);
            for name in ["lists/partial", "cache/archives/partial", "root"] {
                fs::create_dir_all(folder.join(name))?;
            }
            unpack(suite, &folder, &root)?;
            fs::write(folder.join("complete"), "")?;
        }
        let headers = only(&root.join("usr/src"), "-cloud-amd64")?;
        let mut kernel = Kernel::at(&headers)?;
        kernel.image = Some(root.join("boot").join(format!("vmlinuz-{}", kernel.release)));
        Ok(kernel)
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
        let kdir = kdir.canonicalize()?;
        Ok(Kernel { name: release.clone(), kdir, image: image.is_file().then_some(image), release })
    }

    /// Where things for this kernel are built.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        let folder = target().join(&self.name);
        fs::create_dir_all(&folder)?;
        Ok(folder.canonicalize()?)
    }

    /// Whether it is user-mode Linux: a process instead of a machine.
    pub(super) fn is_uml(&self) -> Result<bool> {
        self.has("CONFIG_UML")
    }

    /// Whether the kernel was configured with an option.
    pub(super) fn has(&self, option: &str) -> Result<bool> {
        let config = fs::read_to_string(self.kdir.join("include/config/auto.conf"))?;
        Ok(config.lines().any(|line| line.strip_prefix(option).is_some_and(|rest| rest == "=y")))
    }
}

/// Downloads the kernel's packages and unpacks them.
fn unpack(suite: &str, folder: &Path, root: &Path) -> Result<()> {
    // From the same server as the machine's own packages.
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]);
    let targets = output(&mut targets)?;
    let base = suite.split('-').next().unwrap_or(suite);
    let server = targets.lines().find_map(|line| line.strip_suffix(base)?.strip_suffix(' '));
    let server = server.ok_or_else(|| format!("apt knows no server for {base}"))?;
    let list = folder.join("sources.list");
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    fs::write(&list, format!("deb [signed-by={keys}] {server} {suite} main\n"))?;
    let folder = folder.canonicalize()?;
    let apt = |program: &str| {
        let mut apt = Command::new(program);
        apt.current_dir(&folder);
        for (name, value) in [
            ("Dir::Etc::SourceList", "sources.list"),
            ("Dir::Etc::SourceParts", "none"),
            ("Dir::State::Lists", "lists"),
            ("Dir::Cache", "cache"),
        ] {
            apt.arg("-o").arg(format!("{name}={}", folder.join(value).display()));
        }
        apt
    };
    output(apt("apt-get").arg("update"))?;
    let depends = output(apt("apt-cache").args(["depends", "linux-headers-cloud-amd64"]))?;
    let headers = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-headers-"));
    let release = headers.ok_or("linux-headers-cloud-amd64 depends on no headers")?;
    let version = release.strip_suffix("-cloud-amd64").unwrap_or(release);
    output(apt("apt-get").arg("download").args([
        format!("linux-headers-{release}"),
        format!("linux-headers-{version}-common"),
        format!("linux-kbuild-{version}"),
        format!("linux-image-{release}"),
    ]))?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "deb") {
            output(Command::new("dpkg").arg("-x").arg(&path).arg(root))?;
            fs::remove_file(&path)?;
        }
    }
    let root = root.canonicalize()?;
    let makefile = root.join(format!("usr/src/linux-headers-{release}/Makefile"));
    let text = fs::read_to_string(&makefile)?;
    fs::write(&makefile, text.replace("include /usr/src", &format!("include {}", root.join("usr/src").display())))?;
    // With it in sight the build wants pahole, to describe the module's types.
    let _ = fs::remove_file(makefile.with_file_name("vmlinux"));
    Ok(())
}

/// The one entry of a folder whose name ends so.
fn only(folder: &Path, end: &str) -> Result<PathBuf> {
    let mut paths = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.to_string_lossy().ends_with(end));
    found.ok_or_else(|| format!("{}: nothing that ends in {end}", folder.display()).into())
}

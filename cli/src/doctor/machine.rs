//! What the system says of itself in files: the kernel, the module, what it takes to build and to load one.

use super::{Finding, Status};
use crate::privileges::Privileges;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Programs that building the module needs, with the Debian packages that have them.
const TOOLS: [(&str, &str); 5] =
    [("make", "make"), ("gcc", "gcc"), ("ld", "binutils"), ("objcopy", "binutils"), ("cargo", "cargo")];
/// Where secure boot says whether it is on: four bytes of attributes, then the value.
const SECURE_BOOT: &str = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// Said of a kernel that takes no modules at all.
const NO_MODULES: &str = "the kernel has no loadable modules, or no /proc";

/// A machine, as the files below a root directory describe it.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    root: PathBuf,
    /// Where programs are.
    path: Vec<PathBuf>,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let path = env::var_os("PATH").map(|path| env::split_paths(&path).collect());
        Machine { root: PathBuf::from("/"), path: path.unwrap_or_default() }
    }

    /// One whose files are below this directory.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Machine { root: root.to_owned(), path: Vec::new() }
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok().map(|text| text.trim().to_owned())
    }

    fn kernel_release(&self) -> String {
        self.read("proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned())
    }

    /// Version of the running kernel.
    pub(crate) fn release(&self) -> Finding {
        Finding::new("release", Status::Note, format!("Linux {}", self.kernel_release()))
    }

    /// Whether the module is loaded.
    pub(crate) fn module(&self) -> Finding {
        let modules = self.read("proc/modules");
        let line = modules.as_deref().and_then(|text| text.lines().find(|line| line.starts_with("cervus ")));
        match (line, &modules) {
            // name size users dependants state address
            (Some(line), _) => match line.split(' ').nth(4) {
                Some("Live") => Finding::new("module", Status::Fine, "cervus is loaded"),
                Some(other) => Finding::new("module", Status::Warning, format!("cervus is {}", other.to_lowercase())),
                None => Finding::new("module", Status::Fine, "cervus is loaded"),
            },
            (None, Some(_)) => Finding::new("module", Status::Bad, "cervus is not loaded"),
            (None, None) => Finding::new("module", Status::Bad, NO_MODULES),
        }
    }

    /// Whether modules can be loaded at all, by whomever.
    pub(crate) fn has_modules(&self) -> bool {
        self.read("proc/modules").is_some()
    }

    /// Whether this process may open the device.
    pub(crate) fn privileges(&self) -> Finding {
        let Some(own) = self.own_privileges() else {
            return Finding::new("privileges", Status::Warning, "not known: there is no /proc/self/status");
        };
        if own.suffice() {
            return Finding::new("privileges", Status::Fine, own.to_string());
        }
        Finding::new("privileges", Status::Bad, own.to_string()).help(
            "run the command as root, for instance with sudo; CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON, is needed",
        )
    }

    fn own_privileges(&self) -> Option<Privileges> {
        let map = self.read("proc/self/uid_map").unwrap_or_default();
        Privileges::parse(&self.read("proc/self/status")?, &map)
    }

    /// What the kernel says of Spectre v2, on which the dispatch mode depends.
    pub(crate) fn spectre(&self) -> Option<Finding> {
        let text = self.read("sys/devices/system/cpu/vulnerabilities/spectre_v2")?;
        Some(Finding::new("spectre_v2", Status::Note, text))
    }

    /// Whether the kernel takes modules that the user has built.
    pub(crate) fn loading(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut bad = |text: &str, help: &str| {
            findings.push(Finding::new("loading", Status::Bad, text).help(help));
        };
        if self.read("proc/sys/kernel/modules_disabled").as_deref() == Some("1") {
            bad("loading modules is switched off until the next boot", "boot without kernel.modules_disabled=1");
        }
        let lockdown = self.read("sys/kernel/security/lockdown").unwrap_or_default();
        let mode = lockdown.split(['[', ']']).nth(1).unwrap_or("none");
        let enforced = ["sys/module/module/parameters/sig_enforce"].map(|path| self.read(path));
        if mode != "none" || enforced == [Some("Y".to_owned())] {
            let why = match (mode, self.secure_boot()) {
                ("none", _) => "module.sig_enforce".to_owned(),
                (mode, true) => format!("lockdown is `{mode}`, because of secure boot"),
                (mode, false) => format!("lockdown is `{mode}`"),
            };
            bad(
                &format!("the kernel takes signed modules only: {why}"),
                "sign cervus.ko with a key that the machine trusts (mokutil --import, the kernel's scripts/sign-file), \
                 or switch secure boot off",
            );
        } else if self.secure_boot() {
            let text = "secure boot is on, but unsigned modules are taken";
            findings.push(Finding::new("loading", Status::Note, text));
        }
        if !self.own_privileges().is_some_and(Privileges::may_load_modules) {
            let text = "this process may not load modules (CAP_SYS_MODULE)";
            findings
                .push(Finding::new("loading", Status::Warning, text).help("run insmod as root of the machine itself"));
        }
        if findings.is_empty() {
            findings.push(Finding::new("loading", Status::Fine, "modules without a signature may be loaded"));
        }
        findings
    }

    fn secure_boot(&self) -> bool {
        fs::read(self.root.join(SECURE_BOOT)).is_ok_and(|bytes| bytes.get(4) == Some(&1))
    }

    /// Whether there is what it takes to build the module: headers, tools, a Rust with sources.
    pub(crate) fn building(&self) -> Vec<Finding> {
        let release = self.kernel_release();
        let headers = format!("lib/modules/{release}/build");
        let headers = match self.root.join(&headers).join("Makefile").is_file() {
            true => Finding::new("headers", Status::Fine, format!("/{headers}")),
            false => Finding::new("headers", Status::Warning, format!("none for {release}: no /{headers}"))
                .help(format!("apt-get install linux-headers-{release}")),
        };
        let missing: Vec<_> = TOOLS.iter().filter(|(tool, _)| !self.has(tool)).collect();
        let tools = match missing.as_slice() {
            [] => Finding::new("tools", Status::Fine, "make, gcc, binutils and cargo are there"),
            missing => {
                let names: Vec<&str> = missing.iter().map(|(tool, _)| *tool).collect();
                let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
                packages.dedup();
                Finding::new("tools", Status::Warning, format!("not found: {}", names.join(", ")))
                    .help(format!("apt-get install {}", packages.join(" ")))
            }
        };
        vec![headers, tools, self.rust()]
    }

    fn has(&self, tool: &str) -> bool {
        self.path.iter().any(|folder| folder.join(tool).is_file())
    }

    /// A Rust that comes with the sources of its library: rustup's nightly, or the system's.
    fn rust(&self) -> Finding {
        let candidates: [&[&str]; 2] = [&["rustc", "+nightly"], &["/usr/bin/rustc"]];
        for words in candidates {
            let (program, args) = words.split_first().map_or(("", &[][..]), |(program, args)| (*program, args));
            if !Path::new(program).is_absolute() && !self.has(program) {
                continue;
            }
            let sysroot = Command::new(program).args(args).args(["--print", "sysroot"]).output();
            let sysroot = sysroot.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
            if let Ok(sysroot) = sysroot
                && !sysroot.is_empty()
                && Path::new(&sysroot).join("lib/rustlib/src/rust/library/core/src/lib.rs").is_file()
            {
                return Finding::new("rust", Status::Fine, format!("with its sources in {sysroot}"));
            }
        }
        Finding::new("rust", Status::Warning, "none that has the sources of its library")
            .help("rustup toolchain install nightly --component rust-src, or apt-get install rustc-web rust-web-src")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of these files.
    fn machine(test: &str, files: &[(&str, &[u8])]) -> Machine {
        let root = env::temp_dir().join(format!("cervus-doctor-{test}-{}", std::process::id()));
        for (path, bytes) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Machine { path: vec![root.join("bin")], root }
    }

    fn gone(machine: &Machine) {
        fs::remove_dir_all(&machine.root).unwrap();
    }

    const ROOT: (&str, &[u8]) = ("proc/self/status", b"CapEff:\t000001ffffffffff\n");

    #[test]
    fn the_module() {
        let live = b"xfs 1 0 - Live 0x0\ncervus 200704 2 - Live 0x0000000000000000 (OE)\n";
        let m = machine("live", &[("proc/modules", live)]);
        assert_eq!(m.module().status, Status::Fine);
        gone(&m);
        let m = machine("going", &[("proc/modules", b"cervus 200704 0 - Unloading 0x0\n")]);
        assert_eq!((m.module().status, m.module().text.as_str()), (Status::Warning, "cervus is unloading"));
        gone(&m);
        let m = machine("none", &[("proc/modules", b"cervus_canary 1 0 - Live 0x0\n")]);
        assert_eq!(m.module().status, Status::Bad);
        gone(&m);
    }

    #[test]
    fn what_keeps_modules_out() {
        let m = machine("free", &[ROOT, ("sys/kernel/security/lockdown", b"[none] integrity confidentiality\n")]);
        assert_eq!(m.loading()[0].status, Status::Fine, "{:?}", m.loading());
        gone(&m);

        let files: &[(&str, &[u8])] = &[
            ROOT,
            ("sys/kernel/security/lockdown", b"none [integrity] confidentiality\n"),
            (SECURE_BOOT, b"\x06\0\0\0\x01"),
        ];
        let m = machine("locked", files);
        let loading = m.loading();
        assert_eq!(loading.len(), 1);
        assert!(loading[0].text.contains("`integrity`, because of secure boot"), "{loading:?}");
        gone(&m);

        let files: &[(&str, &[u8])] = &[
            ("proc/self/status", b"CapEff:\t0000000000000000\n"),
            ("proc/sys/kernel/modules_disabled", b"1\n"),
            ("sys/module/module/parameters/sig_enforce", b"Y\n"),
        ];
        let m = machine("disabled", files);
        let texts: Vec<String> = m.loading().into_iter().map(|finding| finding.text).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[1].contains("module.sig_enforce") && texts[2].contains("CAP_SYS_MODULE"), "{texts:?}");
        assert_eq!(m.privileges().status, Status::Bad);
        gone(&m);
    }

    #[test]
    fn what_building_needs() {
        let files: &[(&str, &[u8])] = &[
            ("proc/sys/kernel/osrelease", b"6.1.0-1-amd64\n"),
            ("lib/modules/6.1.0-1-amd64/build/Makefile", b""),
            ("bin/make", b""),
            ("bin/gcc", b""),
            ("bin/cargo", b""),
        ];
        let m = machine("build", files);
        let findings = m.building();
        assert_eq!(findings[0].status, Status::Fine);
        assert_eq!(
            (findings[1].text.as_str(), findings[1].help.as_deref()),
            ("not found: ld, objcopy", Some("apt-get install binutils"))
        );
        fs::remove_file(m.root.join("lib/modules/6.1.0-1-amd64/build/Makefile")).unwrap();
        assert_eq!(m.building()[0].help.as_deref(), Some("apt-get install linux-headers-6.1.0-1-amd64"));
        gone(&m);
    }
}

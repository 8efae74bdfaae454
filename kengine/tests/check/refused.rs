//! Directed images, each refused for the reason that it names.

use super::{build::*, code, tables};
use kengine::{check::Code, image::NO_INDEX, op::Op};
use std::collections::BTreeSet;

struct Case {
    code: Code,
    name: &'static str,
    module: Module,
}

/// Every directed image.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |code, name, change: &dyn Fn(&mut Module)| {
        let mut module = base();
        change(&mut module);
        cases.push(Case { code, name, module });
    };
    tables::frame(&mut case);
    tables::tables(&mut case);
    tables::segments(&mut case);
    tables::policy(&mut case);
    let mut body = |code, name, body: Vec<Item>| case(code, name, &|m| m.scratch(body.clone()));
    code::code(&mut body);
    code::code_and_tables(&mut case);
    cases
}

pub(crate) type Add<'a> = &'a mut dyn FnMut(Code, &'static str, &dyn Fn(&mut Module));
pub(crate) type AddBody<'a> = &'a mut dyn FnMut(Code, &'static str, Vec<Item>);

#[test]
fn directed_images_are_refused() {
    let mut failures = Vec::new();
    for Case { code, name, module } in cases() {
        match module.check() {
            Err(error) if error.code == code => {}
            other => failures.push(format!("{code:?}, {name}: {other:?}")),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Every code has an image above; the two that a sink causes have tests of their own.
#[test]
fn every_code_is_hit() {
    let mut hit: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    hit.extend([Code::Cancelled, Code::NoMem]);
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !hit.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Numbers are an interface; so is the place of an error.
#[test]
fn codes_and_places_are_stable() {
    assert!(Code::ALL.is_sorted_by(|a, b| (*a as u16) < (*b as u16)));
    assert_eq!((Code::Truncated as u16, Code::CallBase as u16, Code::FloatDenied as u16), (101, 1402, 2206));
    assert_eq!(Code::CallBase.name(), "CallBase");
    assert!(size_of::<kengine::check::CheckError>() <= 32);
    let mut module = base();
    module.scratch(body![(Select 0 0 1 1), (I32AddSs 0 0 5), (RetS 0)]);
    let error = module.check().unwrap_err();
    assert_eq!((error.code, error.func, error.pc, error.operand), (Code::SlotUnset, SCRATCH as u32, 2, 2));
    assert_eq!((error.expected, error.got), (2, 5));
    let mut module = base();
    module.items[2].index = 9;
    let error = module.check().unwrap_err();
    assert_eq!((error.code, error.func, error.pc, error.operand), (Code::ElemItem, NO_INDEX, 1, 2));
}

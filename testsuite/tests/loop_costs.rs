//! A loop has a cost however its end is lowered: the rounds that the verifier claims are looked up by the place of the
//! branch back, which the line map must still have where that branch is the end of a chain.

use lower::cost::{Handled, Rounds, costs};
use testsuite::{modules::AnyHost, pipeline};
use verifier::{HostSet, Policy, verify};

/// The op that a loop of 40 rounds ends with, and what stands before the branch out of it and the jump back.
const ENDS: &[(&str, &str)] = &[
    ("loop_i32_ne_z_pay", ""),
    ("i32_add_si_then_loop_i32_ne_z_pay", "(local.set 0 (i32.add (local.get 0) (i32.const 3)))"),
    ("store8_sa_then_loop_i32_ne_z_pay", "(i32.store8 (local.get 0) (i32.add (local.get 0) (local.get 1)))"),
];

#[test]
fn a_loop_that_ends_in_a_way_out_and_a_jump_has_a_cost() {
    for (op, before) in ENDS {
        // The jump back is a block of its own: nothing else has a place in it.
        let text = format!(
            "(module (memory 1) (func (export \"f\") (param i32) (result i32) (local i32)
                (local.set 1 (i32.const 40))
                (block $out
                    (loop $again
                        {before}
                        (br_if $out (i32.eqz (local.tee 1 (i32.add (local.get 1) (i32.const -1)))))
                        (br $again)))
                (local.get 0)))"
        );
        let wasm = wat::parse_str(text).expect("the module is well formed");
        let image = pipeline::image(&wasm).expect("it lowers");
        let shown = kengine::text::print(&image).expect("it prints");
        assert!(shown.contains(&format!(" {op} ")), "{op}: {shown}");
        let report = verify(&wasm, &HostSet::default(), &Policy::default());
        let rounds = |function, branch| {
            report.rounds(function, branch).map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
        };
        let found = costs(&image, &AnyHost, &rounds, &|_, _, _| Handled::default()).expect("the image is in order");
        assert!(found.functions[0].is_some_and(|cost| (40..400).contains(&cost)), "{op}: {:?}", found.functions);
    }
}

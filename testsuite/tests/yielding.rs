//! A run that is interrupted at every poll, or at random ones, leaves what an unbroken run leaves:
//! results, memory, globals and fuel, in every form.

use fastrand::Rng;
use kengine::{Form, Mode};
use testsuite::{
    guest::{Effect, End, Guest},
    pipeline,
    programs::{Program, programs},
};

/// Runs `run(test_n)` in a fresh instance; also the number of slices.
fn run(image: &[u8], program: &Program, form: impl Into<Form>, mut slice: impl FnMut() -> u64) -> (Effect, u64) {
    let mut guest = Guest::new(image, form).unwrap_or_else(|error| panic!("{}: {error}", program.name));
    let mut slices = 0;
    // CAST: an i32 stands zero-extended in its slot.
    let effect = guest.effect("run", &[u64::from(program.test_n as u32)], u64::MAX, &mut || {
        slices += 1;
        slice()
    });
    (effect, slices)
}

#[test]
fn slices_do_not_show() {
    let mut rng = Rng::with_seed(1);
    for program in programs() {
        let image = pipeline::image(&program.wasm()).unwrap_or_else(|refusal| panic!("{}: {refusal}", program.name));
        // Bulk operations yield between pieces even so.
        let (whole, _) = run(&image, &program, Mode::Match, || u64::MAX);
        // CAST: the result is an i64.
        assert_eq!(whole.end, End::Done(vec![program.expect as u64]), "{}", program.name);
        for form in Form::all() {
            let name = format!("{} in form {form}", program.name);
            assert_eq!(run(&image, &program, form, || u64::MAX).0, whole, "{name}, unsliced");
            let (each, slices) = run(&image, &program, form, || 0);
            assert_eq!(each, whole, "{name}, yielding at every poll");
            // A poll comes at the latest after POLL_MAX.
            assert!(slices > whole.fuel / (2 * u64::from(kengine::isa::POLL_MAX)), "{name}: {slices} slices");
            for round in 0..3 {
                let (random, _) = run(&image, &program, form, || rng.u64(0..1 << (4 * (round + 1))));
                assert_eq!(random, whole, "{name}, random slices");
            }
        }
    }
}

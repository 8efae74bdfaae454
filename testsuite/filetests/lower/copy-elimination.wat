;;! test = "lower"
;; Results go straight into locals, and reads of locals cost nothing.

(module
  (func $into_local (param i32 i32) (result i32)
    (local.set 0 (i32.add (local.get 0) (local.get 1)))
    (local.get 0))
  (func $tee (param i32 i32) (result i32)
    (i32.mul (local.tee 0 (i32.sub (local.get 1) (local.get 0))) (local.get 1)))
  (func $rename (param i32 i32) (result i32)
    (local.set 0 (local.get 1))
    (local.get 0))
  (func $itself (param i32) (result i32)
    (local.set 0 (local.get 0))
    (local.get 0)))

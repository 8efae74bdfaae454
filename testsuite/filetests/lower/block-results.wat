;;! test = "lower"
;; Values of a block are at home where its ways meet; the last op makes them there.

(module
  (func $if_else (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 1) (i32.const 1)))
      (else (i32.const 7))))
  (func $no_branch (param i32) (result i32)
    (block (result i32) (i32.add (local.get 0) (i32.const 1))))
  (func $br_if (param i32 i32) (result i32)
    (block (result i32)
      (drop (br_if 0 (local.get 1) (local.get 0)))
      (i32.const 3)))
  (func $two (param i32 i32) (result i32)
    (block (result i32 i32)
      (local.get 1) (local.get 0)
      (br_if 0 (local.get 0)))
    (i32.sub))
  (func $loop_param (param i32) (result i32)
    (local.get 0)
    (loop (param i32) (result i32)
      (i32.sub (i32.const 1))
      (br_if 0 (local.get 0)))))

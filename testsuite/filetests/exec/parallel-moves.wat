;;! test = "exec"
;; Arguments and results that exchange places.

(module
  (func $sub3 (param i32 i32 i32) (result i32)
    (i32.sub (i32.sub (local.get 0) (local.get 1)) (local.get 2)))
  (func $pair (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "rotate") (param i32 i32 i32) (result i32)
    (call $sub3 (local.get 2) (local.get 0) (local.get 1)))
  (func (export "swap_results") (param i32 i32) (result i32 i32)
    (call $pair (local.get 0) (local.get 1)))
  (func (export "swap_locals") (param i32 i32) (result i32 i32)
    (local.get 0) (local.get 1) (local.set 0) (local.set 1)
    (local.get 0) (local.get 1))
  (func (export "swap_in_loop") (param i32 i32 i32) (result i32)
    (local.get 0) (local.get 1)
    (loop (param i32 i32) (result i32)
      (local.set 1) (local.set 0)
      (local.get 1) (local.get 0)
      (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))
      (i32.sub))))

;;= invoke "rotate" 1 10 100 => 89
;;= invoke "swap_results" 1 2 => 2 1
;;= invoke "swap_locals" 1 2 => 2 1
;;= invoke "swap_in_loop" 10 1 1 => -9
;;= invoke "swap_in_loop" 10 1 2 => 9

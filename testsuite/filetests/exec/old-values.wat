;;! test = "exec"
;; A local that changes while its old value is still to be used.

(module
  (func (export "set") (param i32) (result i32)
    (local.get 0) (local.set 0 (i32.const 5)) (i32.sub (local.get 0)))
  (func (export "tee") (param i32) (result i32)
    (i32.sub (local.get 0) (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))
  (func (export "twice") (param i32) (result i32)
    (local.get 0) (local.get 0) (local.set 0 (i32.const 5)) (i32.add) (i32.sub (local.get 0)))
  (func (export "in_block") (param i32 i32) (result i32)
    (local.get 0)
    (block (br_if 0 (local.get 1)) (local.set 0 (i32.const 9)))
    (i32.sub (local.get 0)))
  (func (export "in_if") (param i32 i32) (result i32)
    (local.get 0) (i32.const 3)
    (if (param i32) (result i32) (local.get 1)
      (then (local.set 0 (i32.const 9)) (i32.add (local.get 0)))
      (else (i32.mul (local.get 0))))
    (i32.sub)))

;;= invoke "set" 7 => 2
;;= invoke "tee" 7 => -1
;;= invoke "twice" 7 => 9
;;= invoke "in_block" 4 0 => -5
;;= invoke "in_block" 4 1 => 0
;;= invoke "in_if" 5 0 => -10
;;= invoke "in_if" 5 1 => -7

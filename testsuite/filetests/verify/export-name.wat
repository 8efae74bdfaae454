;;! test = "verify"
;; An exported name stands for one thing.

(module
  (func (export "run"))
  (global (export "run") i32 (i32.const 0)))

(module
  (func (export "run"))
  (global (export "ran") i32 (i32.const 0)))

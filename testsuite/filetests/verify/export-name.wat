;;! test = "verify"
;; An exported name stands for one thing.

(module ;; error: W0201 duplicate export name `run` already defined
  (func (export "run"))
  (global (export "run") i32 (i32.const 0)))

(module
  (func (export "run"))
  (global (export "ran") i32 (i32.const 0)))

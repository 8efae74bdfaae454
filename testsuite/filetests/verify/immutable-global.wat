;;! test = "verify"
;; Only a mutable global is set.

(module
  (global i32 (i32.const 0))
  (func
    i32.const 1
    global.set 0)) ;; error: W0202 global is immutable: cannot modify it with `global.set`

(module
  (global (mut i32) (i32.const 0))
  (func
    i32.const 1
    global.set 0))

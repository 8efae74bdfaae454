;;! test = "verify"
;; An operator finds its operands.

(module
  (func
    i32.const 1
    i32.add ;; error: W0202 type mismatch: expected i32 but nothing on stack
    drop))

(module
  (func
    i32.const 1
    i32.const 2
    i32.add
    drop))

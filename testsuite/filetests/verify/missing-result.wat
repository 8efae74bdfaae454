;;! test = "verify"
;; A function leaves its results.

(module
  (func (result i32) ;; error: W0202 type mismatch: expected i32 but nothing on stack
    nop))

(module
  (func (result i32)
    i32.const 0))

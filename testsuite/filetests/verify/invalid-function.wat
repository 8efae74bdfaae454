;;! test = "verify"
;; Operands have the types that the operator asks for.

(module
  (func $f (param i64) (result i32)
    (i32.add ;; error: W0202 type mismatch: expected i32, found i64
      (local.get 0)
      (i32.const 1))))

(module
  (func $f (param i32) (result i32)
    (i32.add
      (local.get 0)
      (i32.const 1))))

;;! test = "verify"
;; Every function that is wrong is named, not the first alone.

(module
  (func (drop (i64.eqz (i32.const 1)))) ;; error: W0202 type mismatch: expected i64, found i32
  (func)
  (func
    (drop (f32.neg (i32.const 1))))) ;; error: W0202 type mismatch: expected f32, found i32

(module
  (func (drop (i64.eqz (i64.const 1)))))

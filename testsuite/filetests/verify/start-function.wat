;;! test = "verify"
;; The start function takes and gives nothing.

(module ;; error: W0201 invalid start function type
  (func $start (result i32) (i32.const 0))
  (start $start))

(module
  (func $start)
  (start $start))

;;! test = "verify"
;; Memories have 32-bit addresses.

(module
  (memory i64 1))

(module
  (memory 1))

;;! test = "verify"
;; Memories have 32-bit addresses.

(module ;; error: W0203 the feature `memory64` is not supported
  (memory i64 1))

(module
  (memory 1))

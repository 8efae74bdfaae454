;;! test = "verify"
;; A module has one memory.

(module ;; error: W0203 the feature `multi-memory` is not supported: multiple memories
  (memory 1)
  (memory 1))

(module
  (memory 1))

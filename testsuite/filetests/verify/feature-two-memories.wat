;;! test = "verify"
;; A module has one memory.

(module
  (memory 1)
  (memory 1))

(module
  (memory 1))

;;! test = "verify"
;;! max-pages = 16
;; The initial memory is within the policy.

(module ;; error: W0401 the memory starts with 17 pages (1088 KiB), the policy allows 16 (1024 KiB)
  (memory 17))

(module
  (memory 16 1000))

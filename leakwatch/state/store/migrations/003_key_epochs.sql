-- Which key a fingerprint was made with: the id of a file in state_dir/keys. What is older than this column was found
-- under the key that is in use when it arrives.
ALTER TABLE finding ADD COLUMN epoch TEXT NOT NULL DEFAULT '';

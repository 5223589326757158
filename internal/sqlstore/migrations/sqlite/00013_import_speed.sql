-- +goose Up

-- On PostgreSQL this version has other triggers; nothing changes here.
SELECT 1;

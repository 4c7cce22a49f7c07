import { isSentInClear } from "../../../systems/http/loopback";

test.each([
  "http://registry.example.org",
  "http://192.168.1.7:8080",
  "http://127.0.0.1.example.org",
  "http://localhost.example.org",
  "http://[::2]:5000",
  "http://user@10.0.0.1/",
  "HTTP://forge.example.org/api/v1",
])("a request to %s can be read in transit", (url) => {
  expect(isSentInClear(url)).toBe(true);
});

test.each([
  "https://registry.example.org",
  "http://localhost:5000",
  "http://LOCALHOST",
  "http://127.0.0.1:5000",
  "http://127.8.9.1",
  "http://127.1",
  "http://[::1]:5000",
  "http://[0:0:0:0:0:0:0:1]",
  "registry.example.org",
])("a request to %s cannot, or it is no URL", (url) => {
  expect(isSentInClear(url)).toBe(false);
});

<h1>Acme PBX</h1>
<p>Server: <?php echo htmlspecialchars((string) $server); ?></p>
